import { z } from 'zod'
import type { Millis } from '../../devices/units.ts'
import { gradesIn } from '../../sdk/reward.ts'
import { type Code, entryOf, failures, refusals } from '../errors.ts'
import type { Api, ReadPorts } from './api.ts'
import { decimal, failing, hex, nothing } from './schemas.ts'
import { shared } from './shared.ts'

/** Counts are the same for everyone: nobody has them counted more often than this. */
const FRESH: Millis = 1_000

const network = z
  .object({
    name: z.literal('cairn'),
    version: z.string(),
    chainId: z.int(),
    networkId: hex.meta({ description: 'external_aad of native packets, and `aud` of device tokens' }),
    registry: hex,
    ledger: hex,
    rewards: hex,
    token: hex,
    rpcUrl: z.string(),
    mqttPort: z.int(),
    lanes: z.int(),
    epochSeconds: z.int(),
    batchSeconds: z.int(),
    reward: z.object({
      budget: decimal.meta({ description: 'Token base units for one epoch, all devices together' }),
      scoreCap: decimal.meta({ description: 'The most score of one device that counts in one epoch' }),
      shareCap: z.int().meta({ description: 'Basis points of the budget that one device may take' }),
      earningGrades: z
        .array(z.enum(['full', 'legacy', 'attested']))
        .meta({ description: 'Grades of registration that earn; the others are served, and earn nothing' }),
    }),
  })
  .meta({ id: 'Network' })

const counts = z
  .object({ devices: z.int(), packets: decimal, refused: decimal, batches: decimal, settled: decimal })
  .meta({ id: 'Counts' })

const entry = z.object({
  code: z.string(),
  kind: z.enum(['refusal', 'failure']),
  status: z.int(),
  title: z.string(),
  fix: z.string(),
})

const listed = (codes: object, kind: 'refusal' | 'failure') =>
  (Object.keys(codes) as Code[]).map((code) => {
    const { http, title, fix } = entryOf(code)
    return { code, kind, status: http, title, fix }
  })

/** What the network is, how much it has seen, and everything that can go wrong. */
export const networkRoutes = (api: Api, ports: Pick<ReadPorts, 'network' | 'store' | 'clock'>): void => {
  const counted = shared(FRESH, ports.clock, ports.store.counts)
  const { reward, ...rest } = ports.network
  const errors = { errors: [...listed(refusals, 'refusal'), ...listed(failures, 'failure')] }
  const answer = {
    name: 'cairn' as const,
    ...rest,
    reward: {
      budget: `${reward.budget}`,
      scoreCap: `${reward.scoreCap}`,
      shareCap: reward.shareCap,
      earningGrades: [...gradesIn(reward.earningGrades)],
    },
  }
  api.get(
    '/v1/network',
    {
      config: { isInMemory: true },
      schema: {
        operationId: 'getNetwork',
        summary: 'What a device or a verifier needs to know',
        tags: ['network'],
        querystring: nothing,
        response: { 200: network, ...failing },
      },
    },
    async () => answer,
  )

  api.get(
    '/v1/counts',
    {
      config: { isInMemory: true },
      schema: {
        operationId: 'getCounts',
        summary: 'How much came in, was refused, logged and settled',
        tags: ['network'],
        querystring: nothing,
        response: { 200: counts, ...failing },
      },
    },
    async () => {
      const { devices, packets, refused, batches, settled } = await counted()
      return {
        devices,
        packets: `${packets}`,
        refused: `${refused}`,
        batches: `${batches}`,
        settled: `${settled}`,
      }
    },
  )

  api.get(
    '/v1/errors',
    {
      config: { isInMemory: true },
      schema: {
        operationId: 'listErrors',
        summary: 'Every code, what it means and what to do',
        tags: ['network'],
        querystring: nothing,
        response: { 200: z.object({ errors: z.array(entry) }), ...failing },
      },
    },
    async () => errors,
  )
}
