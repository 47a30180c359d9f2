import { type RegistryStore, termKey } from '../../ports.ts'
import { byKey, type Data } from './data.ts'

export const memoryRegistry = (data: Data): RegistryStore => ({
  registrations: async () => [...data.devices.values()].toSorted(byKey(({ device }) => device)),
  imeis: async () => new Map([...data.imeis].map(([imei, devices]) => [imei, [...devices].toSorted()])),
  learn: async ({ registrations, ...cursor }) => {
    for (const registration of registrations) {
      data.devices.set(registration.device, registration)
      const { device, term, owner, grade } = registration
      data.terms.set(termKey(device, term), { holder: owner, grade })
    }
    data.cursor = cursor
  },
  cursor: async () => data.cursor,
  putImei: async (imei, device) => {
    data.imeis.set(imei, (data.imeis.get(imei) ?? new Set()).add(device))
  },
  putProposal: async (proposal) => {
    data.proposals.set(`${proposal.device}/${proposal.owner}`, proposal)
  },
  proposals: async () =>
    [...data.proposals.values()].toSorted(
      (a, b) => a.proposedAt - b.proposedAt || byKey((row: typeof a) => row.device + row.owner)(a, b),
    ),
  forgetProposals: async (before, limit) => {
    const ended = [...data.proposals].filter(
      ([, { state, deadline }]) => (state === 'paired' || state === 'failed') && deadline < before,
    )
    for (const [key] of ended.slice(0, limit)) data.proposals.delete(key)
    return Math.min(ended.length, limit)
  },
})
