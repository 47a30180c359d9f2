import type { FastifyReply, FastifyRequest } from 'fastify'

/** Nothing of ours may be framed, guessed at, or loaded into another page. */
const always: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  'cross-origin-opener-policy': 'same-origin',
}

/** Answers to programs load nothing at all. */
const API_POLICY = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

/** Our own files only; no inline script or style, no eval, nothing from elsewhere. */
export const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/** Swagger UI writes style attributes and data: images; its scripts are files. */
export const DOCS_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/** Set first, so that a route may loosen what it must. What a token opens is kept by no cache. */
export const setHeaders =
  (origins: readonly string[]) =>
  (request: FastifyRequest, reply: FastifyReply): void => {
    reply.headers(always)
    reply.header('content-security-policy', API_POLICY)
    reply.header('cache-control', 'no-store')
    reply.header('x-request-id', request.id)
    allowOrigin(origins, request, reply)
  }

/** Cross-origin pages may read only where the operator listed them; no cookies are involved, so no credentials header. */
const allowOrigin = (origins: readonly string[], request: FastifyRequest, reply: FastifyReply): void => {
  const { origin } = request.headers
  if (origins.length === 0) reply.header('cross-origin-resource-policy', 'same-origin')
  else reply.header('vary', 'Origin')
  if (origin === undefined || !origins.includes(origin)) return
  reply.header('access-control-allow-origin', origin)
  reply.header('access-control-expose-headers', 'x-request-id, retry-after')
}

export const isPreflight = (request: FastifyRequest, origins: readonly string[] = []): boolean =>
  request.method === 'OPTIONS' &&
  request.headers['access-control-request-method'] !== undefined &&
  origins.includes(request.headers.origin ?? '')

export const answerPreflight = (reply: FastifyReply): FastifyReply =>
  reply
    .header('access-control-allow-methods', 'GET, HEAD, POST')
    .header('access-control-allow-headers', 'authorization, content-type')
    .header('access-control-max-age', '600')
    .code(204)
    .send()
