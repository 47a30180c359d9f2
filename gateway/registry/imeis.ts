import { type Address, isAddress } from '../../devices/identity.ts'
import { isImei } from '../../devices/pebble/topics.ts'
import { Failure } from '../errors.ts'
import type { RegistryStore } from '../ports.ts'
import type { KnownDevices } from './known.ts'

/** The manufacturer's list: lines of `imei,device address`; `#` starts a comment. The whole list or nothing. */
export type ImeiList =
  | { readonly ok: true; readonly devices: ReadonlyMap<string, Address> }
  /** Each names its line, counted from 1. */
  | { readonly ok: false; readonly mistakes: readonly string[] }

export const parseImeis = (text: string): ImeiList => {
  const devices = new Map<string, Address>()
  const mistakes: string[] = []
  text.split(/\r?\n/).forEach((line, index) => {
    const entry = line.replace(/#.*/, '').trim()
    const mistake = entry && !isHeading(entry) ? readLine(entry, devices) : undefined
    if (mistake) mistakes.push(`line ${index + 1}: ${mistake}`)
  })
  return mistakes.length > 0 ? { ok: false, mistakes } : { ok: true, devices }
}

const isHeading = (entry: string): boolean => /^"?imei"?\s*,/i.test(entry)

const readLine = (entry: string, devices: Map<string, Address>): string | undefined => {
  const [imei = '', address = '', ...rest] = entry.split(',').map((part) => part.trim().replace(/^"(.*)"$/, '$1'))
  const device = address.toLowerCase()
  if (rest.length > 0 || !isImei(imei)) return `“${entry}” is not “imei of 15 digits,device address”`
  if (!isAddress(device)) return `“${address}” is not a device address (0x and 40 hex digits)`
  if (devices.has(imei) && devices.get(imei) !== device) return `IMEI ${imei} stands for two devices`
  devices.set(imei, device)
  return undefined
}

/** Takes the list over, before any pairing: a listed IMEI is nobody else's. Throws BAD_SETTING with the first mistakes by line. */
export const importImeis = async (store: RegistryStore, known: KnownDevices, text: string): Promise<number> => {
  const list = parseImeis(text)
  if (!list.ok) {
    const more = list.mistakes.length > 5 ? ` and ${list.mistakes.length - 5} more` : ''
    throw new Failure('BAD_SETTING', `the IMEI list is wrong: ${list.mistakes.slice(0, 5).join('; ')}${more}`)
  }
  for (const [imei, device] of list.devices) {
    if (known.holderOf(imei) === device) continue
    await store.putImei(imei, device)
    known.learnImei(imei, device)
  }
  return list.devices.size
}
