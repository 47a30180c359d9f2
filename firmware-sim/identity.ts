import { type Address, addressOf, type Curve } from '../devices/identity.ts'
import { type PrivateKey, publicKeyOf } from '../devices/signature.ts'
import { randomOf, seedBytes } from './random.ts'

export type SimModel = 'pebble' | 'tracker'

/** A device as it leaves the factory. */
export type Identity = {
  readonly model: SimModel
  /** As the registry and `devices/models.ts` name it. */
  readonly modelName: string
  readonly key: PrivateKey
  readonly publicKey: Uint8Array
  readonly address: Address
  /** 15 digits; trackers have none. */
  readonly imei: string | undefined
}

const modelNames: Readonly<Record<SimModel, string>> = { pebble: 'pebble-riverrock', tracker: 'tracker-1' }

/** The seed's n-th device of that model. A key that anyone can compute from the seed is no secret: for simulation only. */
export const identityOf = (seed: string, model: SimModel, index: number, curve: Curve): Identity => {
  // Above the order of either curve with a chance of 2⁻³².
  const key: PrivateKey = { curve, secret: seedBytes('device key', seed, model, curve, index) }
  const { publicKey } = publicKeyOf(key)
  const imei = model === 'pebble' ? imeiOf(seed, index) : undefined
  return { model, modelName: modelNames[model], key, publicKey, address: addressOf(publicKey), imei }
}

/** Type allocation code of the captured Pebble, six digits that count on from the seed's own start, and the Luhn digit. */
const imeiOf = (seed: string, index: number): string => {
  const serial = (randomOf('imei', seed).below(1_000_000) + index) % 1_000_000
  const body = `35091606${String(serial).padStart(6, '0')}`
  return body + luhnDigit(body)
}

/** ISO/IEC 7812-1 annex B. */
const luhnDigit = (body: string): number => {
  const sum = [...body].reverse().reduce((total, digit, place) => {
    const value = Number(digit) * (place % 2 === 0 ? 2 : 1)
    return total + (value > 9 ? value - 9 : value)
  }, 0)
  return (10 - (sum % 10)) % 10
}
