import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod'
import type { Facts } from '../../devices/packet.ts'
import { type Code, entryOf, Failure } from '../errors.ts'
import type { Log } from '../ports.ts'

export type FieldError = { readonly field: string; readonly problem: string }

/** RFC 9457. `instance` is the request id: the same that the gateway's log has. */
export type Problem = {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly code: Code
  readonly detail: string
  readonly fix: string
  readonly instance: string
  readonly facts?: Facts
  readonly errors?: readonly FieldError[]
}

export type Told = { readonly detail?: string; readonly facts?: Facts; readonly errors?: readonly FieldError[] }

export const problemOf = (code: Code, requestId: string, told: Told = {}): Problem => {
  const { http, title, fix } = entryOf(code)
  const { detail = `${title}.`, ...rest } = told
  return {
    type: `/v1/errors#${code}`,
    title,
    status: http,
    code,
    detail,
    fix,
    instance: `urn:cairn:request:${requestId}`,
    ...rest,
  }
}

/** Ends the request with the problem. Challenges as RFC 9110 §11.6.1 asks where a token would help. */
export const refuse = (reply: FastifyReply, code: Code, told: Told = {}): FastifyReply => {
  const problem = problemOf(code, reply.request.id, told)
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer realm="cairn"')
  if (problem.status === 503 && !reply.hasHeader('retry-after')) reply.header('retry-after', '5')
  // Serialised here: a problem must leave even where the route's own schema would not let it.
  reply.serializer((body) => JSON.stringify(body))
  return reply.code(problem.status).type('application/problem+json').send(problem)
}

/** Fastify's own errors, by its codes, and anything else with a client's status. */
const codeOf = (error: FastifyError): Code => {
  if (error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return 'UNSUPPORTED_MEDIA_TYPE'
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE' || error.statusCode === 413) return 'TOO_LARGE'
  if (error.statusCode === 429) return 'TOO_MANY_REQUESTS'
  return error.statusCode !== undefined && error.statusCode < 500 ? 'BAD_REQUEST' : 'INTERNAL'
}

const partOf = (context: string | undefined): string => (context === 'querystring' ? 'query' : (context ?? 'request'))

const fieldErrors = (error: unknown): readonly FieldError[] =>
  hasZodFastifySchemaValidationErrors(error)
    ? error.validation.slice(0, 10).map((issue) => ({
        field: issue.instancePath.slice(1).replaceAll('/', '.') || partOf(error.validationContext),
        problem: issue.message ?? 'does not fit',
      }))
    : []

/** Every throw ends here. The client learns the code and the request id; the stack stays in the log. */
export const onError =
  (log: Pick<Log, 'error'>) =>
  (error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    if (error instanceof Failure) {
      log.error(
        { requestId: request.id, route: request.routeOptions.url, code: error.code, err: error },
        'request failed',
      )
      // A Failure's detail may name hosts and folders; the catalogue's words do not.
      return refuse(reply, error.code)
    }
    const errors = fieldErrors(error)
    if (errors.length > 0)
      return refuse(reply, 'BAD_REQUEST', { detail: errors.map((e) => `${e.field}: ${e.problem}`).join('; '), errors })
    const code = codeOf(error)
    if (code === 'INTERNAL')
      log.error({ requestId: request.id, route: request.routeOptions.url, code, err: error }, 'request failed')
    return refuse(reply, code, code === 'BAD_REQUEST' ? { detail: error.message.slice(0, 200) } : {})
  }

export type RouteKey = { readonly method: string; readonly path: string }

/** A part `:name` stands for any one part, `*` for all that follow. */
const matches = (pattern: string, path: string): boolean => {
  const wanted = pattern.split('/')
  const given = path.split('/')
  const rest = wanted.indexOf('*')
  if (rest >= 0) return given.length > rest && wanted.slice(0, rest).every((part, i) => part === given[i])
  return wanted.length === given.length && wanted.every((part, i) => part.startsWith(':') || part === given[i])
}

/** 405 where the path exists with another method, else 404. */
export const onNotFound =
  (routes: readonly RouteKey[]) =>
  (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const path = request.url.split('?', 1)[0] ?? '/'
    const allowed = [...new Set(routes.filter((route) => matches(route.path, path)).map((route) => route.method))]
    if (allowed.length === 0 || allowed.includes(request.method)) return refuse(reply, 'NOT_FOUND')
    return refuse(reply.header('allow', allowed.join(', ')), 'METHOD_NOT_ALLOWED')
  }
