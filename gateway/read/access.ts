import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Address } from '../../devices/identity.ts'
import { type Millis, seconds } from '../../devices/units.ts'
import type { DeviceRow, Registration } from '../ports.ts'
import type { ReadPorts } from './api.ts'
import { type Viewer, viewerOf } from './auth.ts'
import { holds } from './privacy.ts'
import { refuse } from './problem.ts'

/** The first term of a device: what was refused before it was paired concerns its first owner. */
const FIRST_TERM = 1

export type Held = { readonly device: DeviceRow; readonly registration: Registration }

export const viewer = (ports: Pick<ReadPorts, 'auth'>, request: FastifyRequest): Viewer =>
  viewerOf(ports.auth, request.headers.authorization)

export const isHolder = (ports: Pick<ReadPorts, 'known'>, viewer: Viewer, device: Address): boolean =>
  holds(viewer.is === 'owner' ? viewer.address : undefined, ports.known.byAddress(device))

/**
 * The device, if the request's token speaks for whoever holds it now; otherwise the refusal is sent and undefined comes back.
 *
 * Ownership is asked of `known`, which follows the chain, not of the row: a transfer ends access as soon as it is seen.
 */
export const heldBy = async (
  ports: Pick<ReadPorts, 'auth' | 'known' | 'store'>,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Held | undefined> => {
  const { address } = request.params as { address: Address }
  const who = viewer(ports, request)
  if (who.is !== 'owner') {
    await refuse(reply, 'UNAUTHORIZED', who.is === 'wrong' ? { detail: 'The token is nobody’s.' } : {})
    return undefined
  }
  const device = await ports.store.device(address)
  if (!device) {
    await refuse(reply, 'UNKNOWN_DEVICE', { facts: { device: address } })
    return undefined
  }
  const registration = ports.known.byAddress(address)
  if (!registration || !holds(who.address, registration)) {
    await refuse(reply, 'FORBIDDEN', { facts: { device: address } })
    return undefined
  }
  return { device, registration }
}

/**
 * The earliest moment whose refusals are the present holder's to see. A refusal has no term, so its time decides, by the block that the
 * registration was last read from: that may be later than the term's start, never earlier. Undefined = cannot be told.
 */
export const visibleSince = async (
  ports: Pick<ReadPorts, 'blockTime'>,
  registration: Registration,
): Promise<Millis | undefined> => {
  if (registration.term <= FIRST_TERM) return 0
  const sealed = await ports.blockTime(registration.block)
  // Blocks count whole seconds: what was refused within that second may be the holder's before.
  return sealed === undefined ? undefined : sealed + seconds(1)
}
