import type { Address } from '../../devices/identity.ts'
import type { Registration } from '../ports.ts'
import type { RegistryEvent } from './chain.ts'

export type Folded = ReadonlyMap<Address, Registration>

/** The devices that the events touched, as they stand after the last of them. `before` tells how they stood. */
export const fold = (
  before: (device: Address) => Registration | undefined,
  events: readonly RegistryEvent[],
): Folded => {
  const after = new Map<Address, Registration>()
  for (const event of events) {
    const next = apply(after.get(event.device) ?? before(event.device), event)
    if (next) after.set(event.device, next)
  }
  return after
}

const apply = (registration: Registration | undefined, event: RegistryEvent): Registration | undefined => {
  if (event.kind === 'paired') return pairedBy(event)
  // Nothing happens to a device before it is paired.
  if (!registration) return undefined
  const { block } = event
  switch (event.kind) {
    case 'term-started':
      return { ...registration, owner: event.owner, term: event.term, block }
    case 'rotated':
      return { ...registration, key: event.key, revoked: false, block }
    case 'revoked':
      return { ...registration, revoked: true, block }
    case 'unpaired':
      return { ...registration, revoked: true, block }
  }
}

const pairedBy = (event: Extract<RegistryEvent, { kind: 'paired' }>): Registration => {
  const { device, key, model, cell, owner, term, grade, block } = event
  return { device, key, model, cell, owner, term, grade, revoked: false, block }
}
