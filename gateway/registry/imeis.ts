import { type Address, isAddress } from '../../devices/identity.ts'
import { isImei } from '../../devices/pebble/topics.ts'
import { Failure } from '../errors.ts'
import type { RegistryStore } from '../ports.ts'
import type { KnownDevices, Listed } from './known.ts'

/** The manufacturer's list: lines of `imei,device address`, or a device address alone; `#` starts a comment. The whole list or nothing. */
export type ImeiList =
  | { readonly ok: true; readonly listed: Listed }
  /** Each names its line, counted from 1. */
  | { readonly ok: false; readonly mistakes: readonly string[] }

type Building = { readonly imeis: Map<string, Address>; readonly devices: Set<Address> }

export const parseImeis = (text: string): ImeiList => {
  const listed: Building = { imeis: new Map(), devices: new Set() }
  const mistakes: string[] = []
  text.split(/\r?\n/).forEach((line, index) => {
    const entry = line.replace(/#.*/, '').trim()
    const mistake = entry && !isHeading(entry) ? readLine(entry, listed) : undefined
    if (mistake) mistakes.push(`line ${index + 1}: ${mistake}`)
  })
  return mistakes.length > 0 ? { ok: false, mistakes } : { ok: true, listed }
}

const isHeading = (entry: string): boolean => /^"?imei"?\s*,/i.test(entry)

const readLine = (entry: string, { imeis, devices }: Building): string | undefined => {
  const parts = entry.split(',').map((part) => part.trim().replace(/^"(.*)"$/, '$1'))
  // A device without a modem has no IMEI.
  const [imei, address = ''] = parts.length === 1 ? [undefined, parts[0]] : parts
  const device = address.toLowerCase()
  if (parts.length > 2 || (imei !== undefined && !isImei(imei)))
    return `“${entry}” is not “imei of 15 digits,device address”`
  if (!isAddress(device)) return `“${address}” is not a device address (0x and 40 hex digits)`
  devices.add(device)
  if (imei === undefined) return undefined
  if (imeis.has(imei) && imeis.get(imei) !== device) return `IMEI ${imei} stands for two devices`
  imeis.set(imei, device)
  return undefined
}

/** Takes the list over, before any pairing: a listed IMEI is nobody else's. Throws BAD_SETTING with the first mistakes by line. */
export const importImeis = async (store: RegistryStore, known: KnownDevices, text: string): Promise<number> => {
  const list = parseImeis(text)
  if (!list.ok) {
    const more = list.mistakes.length > 5 ? ` and ${list.mistakes.length - 5} more` : ''
    throw new Failure('BAD_SETTING', `the IMEI list is wrong: ${list.mistakes.slice(0, 5).join('; ')}${more}`)
  }
  const { listed } = list
  for (const [imei, device] of listed.imeis) {
    if (known.byImei(imei).includes(device)) continue
    // For its holder, who is shown it.
    await store.putImei(imei, device)
    known.learnImei(imei, device)
  }
  known.list(listed)
  return listed.devices.size
}
