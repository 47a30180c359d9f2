import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openSeeded, type ReadGateway } from '../../test/support/read-gateway.ts'
import { memoryStore } from '../store/memory.ts'

type Operation = {
  operationId?: string
  summary?: string
  parameters?: { name: string; in: string; required?: boolean; schema?: object }[]
  responses: Record<string, { description?: string; content?: Record<string, { schema: object }> }>
  requestBody?: { content: Record<string, object> }
}
type Document = {
  openapi: string
  info: { title: string; version: string }
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, object>; securitySchemes: object }
}

let gateway: ReadGateway
let document: Document

beforeAll(async () => {
  gateway = await openSeeded(memoryStore())
  document = (await gateway.get('/openapi.json')).body
})
afterAll(() => gateway?.stop())

const operations = () =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  )

const referencesIn = (node: unknown): string[] =>
  node === null || typeof node !== 'object'
    ? []
    : Object.entries(node).flatMap(([key, value]) => (key === '$ref' ? [String(value)] : referencesIn(value)))

describe('the OpenAPI document', () => {
  test('is of version 3.1 and describes every route', () => {
    expect(document.openapi).toMatch(/^3\.1\.\d$/)
    expect(Object.keys(document.paths).sort()).toEqual([
      '/log/{lane}/checkpoint',
      '/log/{lane}/{height}/{kind}',
      '/metrics',
      '/v1/batches',
      '/v1/batches/{lane}/{height}',
      '/v1/counts',
      '/v1/devices',
      '/v1/devices/{address}',
      '/v1/devices/{address}/explain',
      '/v1/devices/{address}/readings',
      '/v1/devices/{address}/readings/{sequence}',
      '/v1/devices/{address}/refusals',
      '/v1/errors',
      '/v1/health',
      '/v1/models',
      '/v1/network',
      '/v1/packets',
      '/v1/pairings',
      '/v1/pairings/{device}',
      '/v1/rewards',
    ])
  })

  test('names every operation once, says what it does, and how it answers and fails', () => {
    const ids = operations().map(({ operation }) => operation.operationId)
    expect(new Set(ids).size).toBe(ids.length)
    for (const { operation, path, method } of operations()) {
      expect(operation.operationId, `${method} ${path}`).toMatch(/^[a-z][A-Za-z]+$/)
      expect(operation.summary, `${method} ${path}`).toBeTruthy()
      const statuses = Object.keys(operation.responses)
      expect(statuses.some((status) => /^2/.test(status))).toBe(true)
      expect(statuses).toEqual(expect.arrayContaining(['4XX', '5XX']))
      for (const response of Object.values(operation.responses)) {
        expect(response.description).toBeTruthy()
        for (const { schema } of Object.values(response.content ?? {})) expect(schema).toBeTypeOf('object')
      }
    }
  })

  test('declares the parameters that its paths name, each with a schema', () => {
    for (const { path, operation } of operations()) {
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
      const declared = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path')
      expect(declared.map(({ name }) => name)).toEqual(named)
      for (const parameter of operation.parameters ?? []) {
        expect(Object.keys(parameter.schema ?? {})).not.toEqual([])
        if (parameter.in === 'path') expect(parameter.required).toBe(true)
      }
    }
  })

  test('refers only to schemas that it has, and has only schemas that it refers to', () => {
    const names = new Set(referencesIn(document).map((reference) => reference.replace('#/components/schemas/', '')))
    expect([...names].sort()).toEqual(Object.keys(document.components.schemas).sort())
  })

  test('marks what needs the owner’s token', () => {
    const needing = operations().filter(({ operation }) =>
      JSON.stringify(operation).includes('"security":[{"token":[]}]'),
    )
    expect(needing.map(({ path }) => path).sort()).toEqual([
      '/v1/devices/{address}/explain',
      '/v1/devices/{address}/readings',
      '/v1/devices/{address}/readings/{sequence}',
      '/v1/devices/{address}/refusals',
    ])
  })
})
