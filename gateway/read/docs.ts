import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod'
import type { Api } from './api.ts'
import { DOCS_POLICY } from './headers.ts'
import { onlyUsed } from './openapi.ts'

const description = `Every answer can be checked: add \`proof=1\` to a reading and hand the URL to \`npx cairn verify\`.

Addresses and bytes are lower-case \`0x\` hex. Integers that may pass 2^53 are decimal text. Fields named \`…At\` are unix milliseconds.
Errors are RFC 9457 problem details with a stable \`code\` and a \`fix\`; \`GET /v1/errors\` lists them all.`

/** Before the routes, so that it sees each of them. The document is made from the very schemas that validate. */
export const describeApi = async (api: Api, version: string): Promise<void> => {
  await api.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Cairn', version, description },
      servers: [{ url: '/' }],
      tags: [
        { name: 'network', description: 'What this network is, and what can go wrong' },
        { name: 'devices', description: 'Who is known, and packets over HTTP' },
        { name: 'readings', description: 'What devices sensed; their holders’ to read' },
        { name: 'log', description: 'Batches, and the public log’s files' },
        { name: 'rewards', description: 'What was earned, why, and paid' },
        { name: 'pairing', description: 'Binding a device to its owner' },
        { name: 'operation', description: 'For whoever runs it' },
      ],
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
    },
    transform: jsonSchemaTransform,
    transformObject: (document) => onlyUsed(jsonSchemaTransformObject(document)),
  })
}

/** `/v1/openapi.json` for programs (`/openapi.json` is its older name), `/docs` for people; its files are served from here. */
export const docsRoutes = async (api: Api): Promise<void> => {
  // Made once, when all routes are known: it is a hundred kilobytes.
  let document: string | undefined
  for (const path of ['/v1/openapi.json', '/openapi.json'])
    api.get(path, { schema: { hide: true }, config: { isInMemory: true } }, async (_, reply) => {
      document ??= JSON.stringify(api.swagger())
      return reply.header('cache-control', 'no-cache').type('application/json; charset=utf-8').send(document)
    })
  await api.register(swaggerUi, {
    routePrefix: '/docs',
    theme: { title: 'Cairn API' },
    staticCSP: DOCS_POLICY,
    // Unset, the page would ask a validator elsewhere about our document.
    uiConfig: { validatorUrl: null, layout: 'BaseLayout', deepLinking: true, tryItOutEnabled: false },
  })
}
