import type { Address } from '../../devices/identity.ts'
import type { Registration } from '../ports.ts'

/*
 * Who may see what, in one place, closed unless opened here. Every answer that names a device is made by `shown` or behind `mayRead`.
 */

/** `public`: everyone. `holder`: whoever holds the device's present term, and nobody before or after. */
type Scope = 'public' | 'holder'

/** A field that is not listed is shown to the holder only, so a forgotten line hides and never leaks. */
const scopes = {
  device: {
    address: 'public',
    did: 'public',
    curve: 'public',
    publicKey: 'public',
    model: 'public',
    grade: 'public',
    owner: 'public',
    term: 'public',
    revoked: 'public',
    place: 'public',
    packets: 'public',
    lastSeenAt: 'public',
    cell: 'holder',
    imei: 'holder',
  },
} as const satisfies Record<string, Readonly<Record<string, Scope>>>

type Kind = keyof typeof scopes

const isPublic = (kind: Kind, field: string): boolean => {
  const declared: Readonly<Record<string, Scope>> = scopes[kind]
  return Object.hasOwn(declared, field) && declared[field] === 'public'
}

/** The row with only the fields that this viewer may see. */
export const shown = <T extends object>(kind: Kind, row: T, isHolder: boolean): Partial<T> =>
  isHolder ? row : (Object.fromEntries(Object.entries(row).filter(([field]) => isPublic(kind, field))) as Partial<T>)

/** Values of a term are its holder's: readings, refusals, explanations, signed bytes, proofs. Unknown devices are nobody's. */
export const holds = (viewer: Address | undefined, registration: Registration | undefined): boolean =>
  viewer !== undefined && registration !== undefined && registration.owner === viewer

/** What an earlier holder's device sensed stays unread after a transfer, and so does what a later one senses. */
export const isOfTerm = (row: { readonly term: number }, registration: Registration): boolean =>
  row.term === registration.term
