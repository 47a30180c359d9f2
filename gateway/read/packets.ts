import type { FastifyRequest } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { openNative } from '../../devices/cose.ts'
import { MAX_FRAME_BYTES, MAX_PACKET_BYTES } from '../../devices/limits.ts'
import type { Envelope, Facts, Result } from '../../devices/packet.ts'
import { entryOf } from '../errors.ts'
import { networksOf } from '../limits/address.ts'
import type { Outcome } from '../ports.ts'
import type { Api, ReadPorts } from './api.ts'
import { refuse } from './problem.ts'
import { bytesOf, decimal, failing, hex, hexOf, nothing } from './schemas.ts'

/** Whoever sends bytes that name no device. */
const NOBODY = 'http'

const stored = z
  .object({
    outcome: z.enum(['ACCEPTED', 'SEQUENCE_SEEN']),
    title: z.string(),
    device: hex,
    sequence: decimal,
    digest: hex,
  })
  .meta({ id: 'Stored' })

/** What can be said about a refused packet without asking the store: where it does not open, or which one it is. */
const factsOf = (outcome: Outcome, opened: Result<Envelope>): Facts => {
  if (opened.ok) return { device: opened.value.device, sequence: String(opened.value.sequence) }
  return opened.refusal.code === outcome ? opened.refusal.facts : {}
}

type Ports = Pick<ReadPorts, 'submit' | 'daily' | 'clock' | 'network'>

const asBytes = async (_: FastifyRequest, body: Buffer): Promise<Buffer> => body

/** In a context of its own, where bytes are all that is read: anything else is 415. */
export const packetRoutes = async (api: Api, ports: Ports): Promise<void> => {
  await api.register(async (inner) => {
    inner.removeAllContentTypeParsers()
    inner.addContentTypeParser(['application/cbor', 'application/cose'], { parseAs: 'buffer' }, asBytes)
    sendRoute(inner.withTypeProvider<ZodTypeProvider>(), ports)
  })
}

const sendRoute = (api: Api, ports: Ports): void => {
  const network = bytesOf(ports.network.networkId)
  api.post(
    '/v1/packets',
    {
      // Wider than a packet may be: what is too large is judged, filed and shown like any other refusal.
      bodyLimit: MAX_FRAME_BYTES,
      config: { allowance: 'writes' },
      schema: {
        operationId: 'sendPacket',
        summary: 'Hand in one signed packet (COSE_Sign1), as over MQTT',
        description: 'Answered after it is durably stored. Sending it again is safe: 200 with SEQUENCE_SEEN.',
        tags: ['devices'],
        consumes: ['application/cbor', 'application/cose'],
        body: z
          .custom<Uint8Array>((body) => body instanceof Uint8Array, 'must be CBOR bytes, application/cbor')
          .meta({ description: `At most ${MAX_PACKET_BYTES / 1_024} KB` }),
        querystring: nothing,
        response: { 200: stored, 201: stored, ...failing },
      },
    },
    async (request, reply) => {
      const raw = Uint8Array.from(request.body)
      const opened = openNative(raw, network)
      const wait = opened.ok ? ports.daily?.waitOf(opened.value.device) : undefined
      if (wait !== undefined)
        return refuse(reply.header('retry-after', `${Math.ceil(wait / 1_000)}`), 'OWNER_LIMIT_REACHED')
      const outcome = await ports.submit({
        source: opened.ok ? opened.value.device : NOBODY,
        isProven: false,
        isRegistered: false,
        party: networksOf(request.ip)[0] ?? '',
        framing: 'native',
        raw,
        receivedAt: ports.clock.now(),
      })
      if (!opened.ok || (outcome !== 'ACCEPTED' && outcome !== 'SEQUENCE_SEEN'))
        return refuse(reply, outcome === 'ACCEPTED' ? 'INTERNAL' : outcome, { facts: factsOf(outcome, opened) })
      const { device, sequence, digest } = opened.value
      const title = outcome === 'ACCEPTED' ? 'Stored' : entryOf(outcome).title
      return reply
        .code(outcome === 'ACCEPTED' ? 201 : 200)
        .send({ outcome, title, device, sequence: `${sequence}`, digest: hexOf(digest) })
    },
  )
}
