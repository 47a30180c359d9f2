import { hexToBytes } from '@noble/hashes/utils.js'
import { type Address, isAddress } from '../devices/identity.ts'
import type { RegistryDomain } from '../devices/pairing.ts'
import { type Millis, seconds } from '../devices/units.ts'

/** The gateway's REST as the simulator needs it: what any owner's app would call. */
export type Gateway = {
  network(): Promise<Network>
  /** How far that owner's pairing of the device has come. */
  pairing(device: Address, owner: Address): Promise<PairingState | undefined>
  propose(request: { readonly owner: Address }): Promise<Proposed>
}

export type Network = { readonly id: Uint8Array; readonly domain: RegistryDomain }

export type PairingState = { readonly state: string; readonly detail: string }

/** `again`: too many requests, or a gateway that is not up to date; `next` is the nonce asked for. */
export type Proposed =
  | ({ readonly kind: 'taken' } & PairingState)
  | { readonly kind: 'again' }
  | { readonly kind: 'wrong-nonce'; readonly next: string }
  | { readonly kind: 'refused'; readonly code: string; readonly detail: string }

const ANSWER_WITHIN: Millis = seconds(20)

type Json = Readonly<Record<string, unknown>>

export const openGateway = (url: string): Gateway => {
  const base = url.replace(/\/+$/, '')
  const ask = async (path: string, body?: object): Promise<{ status: number; json: Json }> => {
    const response = await fetch(base + path, {
      ...(body ? { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } } : {}),
      signal: AbortSignal.timeout(ANSWER_WITHIN),
    })
    const json: unknown = await response.json().catch(() => ({}))
    return { status: response.status, json: (json ?? {}) as Json }
  }
  return {
    network: async () => networkOf(await ask('/v1/network')),
    pairing: async (device, owner) => {
      const { status, json } = await ask(`/v1/pairings/${device}?owner=${owner}`)
      if (status === 404) return undefined
      if (status !== 200) throw new Error(`GET /v1/pairings answered ${status}`)
      return { state: String(json.state), detail: String(json.detail ?? '') }
    },
    propose: async (request) => proposedOf(await ask('/v1/pairings', request), request.owner),
  }
}

const networkOf = ({ status, json }: { status: number; json: Json }): Network => {
  const { networkId, chainId, registry } = json
  const isWhole = typeof networkId === 'string' && /^0x[0-9a-f]{64}$/.test(networkId) && typeof chainId === 'number'
  if (status !== 200 || !isWhole || typeof registry !== 'string' || !isAddress(registry.toLowerCase()))
    throw new Error(`GET /v1/network answered ${status}, not a network`)
  return { id: hexToBytes(networkId.slice(2)), domain: { chainId, registry: registry.toLowerCase() as Address } }
}

const proposedOf = ({ status, json }: { status: number; json: Json }, owner: Address): Proposed => {
  if (status < 300) return { kind: 'taken', state: String(json.state), detail: String(json.detail ?? '') }
  const code = String(json.code ?? status)
  const facts = (json.facts ?? json) as Json
  if (code === 'WRONG_NONCE' && facts.next !== undefined) return { kind: 'wrong-nonce', next: String(facts.next) }
  // Ours on chain already, but this gateway has not read it yet.
  if (code === 'ALREADY_PAIRED' && facts.owner === owner) return { kind: 'again' }
  if (status === 429 || status >= 500) return { kind: 'again' }
  return { kind: 'refused', code, detail: String(json.detail ?? '') }
}
