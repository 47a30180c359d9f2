import { z } from 'zod'
import { networksOf } from '../limits/address.ts'
import type { PairingPolicy } from '../ports.ts'
import type { Api, PairingStatus, ReadPorts } from './api.ts'
import { refuse } from './problem.ts'
import { address, failing, hex, nothing } from './schemas.ts'

const bytesIn = (length: number) =>
  z.string().regex(new RegExp(`^0x[0-9a-fA-F]{${2 * length}}$`), `must be 0x and ${2 * length} hex digits`)
/** 77 digits always fit a uint256. */
const integer = z.string().regex(/^(0|[1-9]\d{0,76})$/, 'must be a decimal integer of at most 77 digits')

const request = z
  .strictObject({
    device: address,
    imei: z
      .string()
      .regex(/^\d{15}$/, 'must be 15 digits')
      .optional()
      .meta({ description: 'A Pebble has one' }),
    owner: address,
    curve: z.enum(['secp256k1', 'p256']),
    publicKey: bytesIn(64).optional().meta({ description: 'X ‖ Y; a Pebble’s confirm gives it away instead' }),
    model: z
      .string()
      .regex(/^[\x21-\x7e]{1,32}$/, 'must be 1 to 32 visible ASCII characters')
      .meta({ description: 'One of GET /v1/models' }),
    cell: z
      .string()
      .regex(/^0x[0-9a-fA-F]{1,16}$/, 'must be 0x and up to 16 hex digits')
      .meta({ description: 'H3 cell, 0x0 for none' }),
    nonce: integer,
    deadline: integer.meta({ description: 'Unix seconds, at most five minutes ahead' }),
    ownerSignature: bytesIn(65).meta({ description: 'r ‖ s ‖ v over the EIP-712 Pairing' }),
    deviceSignature: bytesIn(64).optional().meta({ description: 'r ‖ s over the same digest' }),
    manufacturerSignature: bytesIn(65).optional().meta({ description: 'r ‖ s ‖ v over the EIP-712 Attestation' }),
    releaseDeadline: integer.optional().meta({ description: 'Unix seconds, of the release' }),
    releaseSignature: bytesIn(65).optional().meta({
      description:
        'r ‖ s ‖ v of the last owner over the EIP-712 Release, where the key was revoked or rotated away before',
    }),
  })
  .meta({ id: 'PairingRequest' })

const status = z
  .object({ device: hex, state: z.enum(['proposed', 'sent', 'paired', 'failed']), detail: z.string() })
  .meta({ id: 'PairingStatus' })

const rules = z
  .object({
    policy: z.enum(['open', 'listed', 'attested']),
    serves: z.string(),
    deadlineSeconds: z.int(),
    manufacturer: hex.nullable(),
    models: z.literal('/v1/models'),
  })
  .meta({ id: 'PairingRules' })

const served: Readonly<Record<PairingPolicy, string>> = {
  open: 'Any device of a listed model that the registry knows.',
  listed:
    'Devices on the manufacturer’s list alone. One that was paired past this gateway and is not on it gets NOT_PAIRED.',
  attested:
    'Devices whose grade is attested alone. One that was paired past this gateway in another way gets NOT_PAIRED.',
}

const describe = ({ device, state, detail }: PairingStatus): PairingStatus => ({ device, state, detail })

export const pairingRoutes = (api: Api, { pairings }: Pick<ReadPorts, 'pairings'>): void => {
  api.post(
    '/v1/pairings',
    {
      config: { allowance: 'writes' },
      schema: {
        operationId: 'proposePairing',
        summary: 'Pair a device with its owner',
        description:
          'The device signs now (deviceSignature), or its manufacturer does, or, for a Pebble, its user presses Enter: then give its imei.',
        tags: ['pairing'],
        body: request,
        querystring: nothing,
        response: { 202: status, ...failing },
      },
    },
    async (request, reply) => {
      const proposed = await pairings.propose(request.body, networksOf(request.ip))
      if (!proposed.ok) return refuse(reply, proposed.refusal.code, { facts: proposed.refusal.facts })
      return reply.code(202).send(describe(proposed.value))
    },
  )

  api.get(
    '/v1/pairings',
    {
      schema: {
        operationId: 'getPairingRules',
        summary: 'Who may pair here',
        tags: ['pairing'],
        querystring: nothing,
        response: { 200: rules, ...failing },
      },
    },
    async () => {
      const { policy, deadlineSeconds, manufacturer } = pairings.rules
      return {
        policy,
        serves: served[policy],
        deadlineSeconds,
        manufacturer: manufacturer ?? null,
        models: '/v1/models' as const,
      }
    },
  )

  api.get(
    '/v1/pairings/:device',
    {
      schema: {
        operationId: 'getPairing',
        summary: 'How far a pairing has come',
        description:
          'With `owner`, that owner’s own; without, whichever came furthest. Several may be open: the device decides.',
        tags: ['pairing'],
        params: z.object({ device: address }),
        querystring: z.strictObject({ owner: address.optional() }),
        response: { 200: status, ...failing },
      },
    },
    async (request, reply) => {
      const found = await pairings.get(request.params.device, request.query.owner)
      return found ? describe(found) : refuse(reply, 'NOT_FOUND', { detail: 'Nobody proposed to pair this device.' })
    },
  )
}
