import { z } from 'zod'
import { MAX_PAGE } from '../../devices/limits.ts'
import type { Registration, StoredPacket } from '../ports.ts'
import { heldBy } from './access.ts'
import type { Api, ReadPorts } from './api.ts'
import { cursorOf, sequenceCursor, sequenceIn } from './cursor.ts'
import { decodeStored } from './decode.ts'
import { type Opened, readPage } from './packet-page.ts'
import { isOfTerm } from './privacy.ts'
import { refuse } from './problem.ts'
import { measurement, onceEach, proofDocument, proveStored } from './proof.ts'
import {
  address,
  at,
  bytesOf,
  decimal,
  END_OF_TIME,
  failing,
  hex,
  instant,
  next,
  proofFlag,
  START_OF_TIME,
  sequenceNumber,
  whole,
} from './schemas.ts'

/** A page with proofs repeats the signed bytes in each reading; it closes early, so that it stays some megabytes. */
const MAX_PAGE_PROVEN = 100

const provenance = {
  sequence: decimal,
  acceptedAt: at,
  flags: z.array(z.string()),
  quality: z.int().meta({ description: 'Basis points' }),
  grade: z.enum(['full', 'legacy', 'attested']),
  settled: z.boolean(),
  proof: proofDocument.nullable().optional().meta({ description: 'With proof=1; null until settled' }),
}

const values = {
  at,
  clock: z.enum(['device', 'gateway']).meta({ description: '`gateway`: counted from acceptance' }),
  measurements: z.array(measurement),
}

const reading = z
  .object({ ...values, index: z.int().meta({ description: 'Which one of its packet' }), ...provenance })
  .meta({ id: 'Reading' })

const packet = z
  .object({ device: hex, ...provenance, readings: z.array(z.object(values)) })
  .meta({ id: 'Packet', description: 'One packet and all its readings' })

type Ports = Pick<ReadPorts, 'store' | 'known' | 'auth' | 'network'>

/** Says of each packet what its reader needs to judge it, and proves it where asked to. */
const provenanceOf = (ports: Ports, registration: Registration, isProven: boolean) => {
  const network = ports.network
  const batch = onceEach(ports.store.batch)
  return async ({ packet, readings }: Opened) => {
    const batchRow = packet.log && (await batch(packet.log.lane, packet.log.height))
    const proof = isProven
      ? ((await proveStored({ network, tiles: ports.store.tiles, batch }, { packet, readings, registration })) ?? null)
      : undefined
    return {
      sequence: `${packet.sequence}`,
      acceptedAt: packet.acceptedAt,
      flags: [...packet.flags],
      quality: packet.quality,
      grade: registration.grade,
      settled: batchRow?.state === 'settled',
      ...(proof === undefined ? {} : { proof: proof as z.output<typeof proofDocument> | null }),
    }
  }
}

const range = z
  .strictObject({
    from: instant.default(START_OF_TIME),
    to: instant.default(END_OF_TIME),
    cursor: cursorOf('readings').optional(),
    limit: whole(1, MAX_PAGE).default(100),
    proof: proofFlag,
  })
  .refine((query) => query.from <= query.to, { path: ['from'], error: 'must not be after `to`' })

export const readingRoutes = (api: Api, ports: Ports): void => {
  const network = bytesOf(ports.network.networkId)
  const decode = (packet: StoredPacket) => decodeStored(packet, network)

  api.get(
    '/v1/devices/:address/readings',
    {
      schema: {
        operationId: 'listReadings',
        summary: 'What the device sensed, by sequence',
        description: `Whole packets until one more would pass \`limit\`, at least one. With proof=1 a page holds at most ${MAX_PAGE_PROVEN} readings, or one packet.`,
        tags: ['readings'],
        security: [{ token: [] }],
        params: z.object({ address }),
        querystring: range,
        response: { 200: z.object({ device: hex, readings: z.array(reading), next }), ...failing },
      },
    },
    async (request, reply) => {
      const held = await heldBy(ports, request, reply)
      if (!held) return reply
      const { from, to, cursor, limit, proof } = request.query
      const device = request.params.address
      const page = await readPage(
        {
          packets: (after, limit) => ports.store.packets({ device, from, to, after, limit }),
          isVisible: (packet) => isOfTerm(packet, held.registration),
          decode,
        },
        {
          from,
          to,
          after: cursor && sequenceIn(cursor),
          limit: proof === '1' ? Math.min(limit, MAX_PAGE_PROVEN) : limit,
        },
      )
      const describe = provenanceOf(ports, held.registration, proof === '1')
      const packets = await Promise.all(
        page.packets.map(async (opened) => ({ opened, provenance: await describe(opened) })),
      )
      return {
        device,
        readings: packets.flatMap(({ opened, provenance }) =>
          opened.readings.map(({ at, clock, measurements, index }) => ({
            at,
            clock,
            measurements: [...measurements],
            index,
            ...provenance,
          })),
        ),
        next: page.next === undefined ? null : sequenceCursor(page.next),
      }
    },
  )

  api.get(
    '/v1/devices/:address/readings/:sequence',
    {
      schema: {
        operationId: 'getReading',
        summary: 'One packet’s readings; with proof=1 what `npx cairn verify` takes',
        tags: ['readings'],
        security: [{ token: [] }],
        params: z.object({ address, sequence: sequenceNumber }),
        querystring: z.strictObject({ proof: proofFlag }),
        response: { 200: packet, ...failing },
      },
    },
    async (request, reply) => {
      const held = await heldBy(ports, request, reply)
      if (!held) return reply
      const { address: device, sequence } = request.params
      const span = { device, from: START_OF_TIME, to: END_OF_TIME }
      const [stored] = await ports.store.packets({ ...span, after: sequence - 1n, limit: 1 })
      if (stored?.sequence !== sequence || !isOfTerm(stored, held.registration))
        return refuse(reply, 'NOT_FOUND', { detail: 'No packet of this term has this sequence.' })
      const readings = decode(stored).map((reading, index) => ({ ...reading, index }))
      const describe = provenanceOf(ports, held.registration, request.query.proof === '1')
      return {
        device,
        ...(await describe({ packet: stored, readings })),
        readings: readings.map(({ at, clock, measurements }) => ({ at, clock, measurements: [...measurements] })),
      }
    },
  )
}
