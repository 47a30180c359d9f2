import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import type { OpenFile } from '../ports.ts'
import type { Api, ReadPorts } from './api.ts'
import { refuse } from './problem.ts'
import { failing, lane, nothing } from './schemas.ts'

/** Written once and never again, so any cache may keep them for good. */
const IMMUTABLE = 'public, max-age=31536000, immutable'
/** Replaced at each batch. */
const FRESH = 'public, max-age=1'

/** One spelling per file, as published: eight digits, more only where the number needs them. */
const height = z
  .string()
  .regex(/^(\d{8}|[1-9]\d{8,18})$/, 'must be the height in eight digits')
  .meta({ description: 'Height in eight digits', example: '00000017' })

const kind = z.enum(['bodies', 'witnesses', 'summaries', 'header'])

const bytesAnswer = (contentType: string, description: string) => ({
  200: { description, content: { [contentType]: { schema: z.any().meta({ format: 'binary' }) } } },
  ...failing,
})

/** Piece by piece as its reader takes it: a slow one holds a few pieces in memory, not five megabytes. */
const send = (reply: FastifyReply, { bytes, stream }: OpenFile): FastifyReply =>
  reply.header('content-length', bytes).send(stream)

/** The published log: all that it takes to rebuild every root and every reward. No sensor value is in it. */
export const logFileRoutes = (api: Api, { files }: Pick<ReadPorts, 'files'>): void => {
  api.get(
    '/log/:lane/checkpoint',
    {
      schema: {
        operationId: 'getCheckpoint',
        summary: 'The lane’s newest checkpoint, signed (C2SP tlog-checkpoint)',
        tags: ['log'],
        params: z.object({ lane }),
        querystring: nothing,
        response: bytesAnswer('text/plain', 'A signed note'),
      },
    },
    async (request, reply) => {
      const file = await files.open(`log/${request.params.lane}/checkpoint`)
      if (!file) return refuse(reply, 'NOT_FOUND', { detail: 'This lane has no batch yet.' })
      return send(reply.header('cache-control', FRESH).type('text/plain; charset=utf-8'), file)
    },
  )

  api.get(
    '/log/:lane/:height/:kind',
    {
      schema: {
        operationId: 'getLogFile',
        summary: 'A batch’s published file',
        tags: ['log'],
        params: z.object({ lane, height, kind }),
        querystring: nothing,
        response: bytesAnswer('application/octet-stream', 'The file'),
      },
    },
    async (request, reply) => {
      const { lane, height, kind } = request.params
      // Every part is checked above, so no path leaves its folder.
      const file = await files.open(`log/${lane}/${height}/${kind}`)
      if (!file) return refuse(reply, 'NOT_FOUND', { detail: 'No batch of this lane has this height.' })
      return send(reply.header('cache-control', IMMUTABLE).type('application/octet-stream'), file)
    },
  )
}
