import { Agent, request } from 'node:http'
import { addressOf, type Tools } from './attack.ts'

/*
 * HTTP as an attacker speaks it.
 */

export type Ask = {
  readonly url: string
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  readonly attacker: number
}

/** Keeps its sockets open between requests, a pool for each of the attacker's addresses. */
const agents = new Map<number, Agent>()
const agentOf = (attacker: number): Agent => {
  const agent = agents.get(attacker) ?? new Agent({ keepAlive: true, maxSockets: 256 })
  agents.set(attacker, agent)
  return agent
}

const ANSWER_WITHIN = 30_000

/** Resolves with the answer's status once its body is read and dropped; both are counted. */
export const ask = ({ count }: Pick<Tools, 'count'>, { url, method, headers, body, attacker }: Ask): Promise<number> =>
  new Promise((resolve, reject) => {
    count('asked')
    const asked = request(url, {
      method: method ?? 'GET',
      headers: { ...headers },
      localAddress: addressOf(attacker),
      agent: agentOf(attacker),
      timeout: ANSWER_WITHIN,
    })
    asked.on('response', (response) => {
      const status = response.statusCode ?? 0
      count(`${status}`)
      response.on('data', (bytes: Buffer) => count('answer bytes', bytes.length))
      response.on('close', () => resolve(status))
    })
    asked.on('timeout', () => asked.destroy(Object.assign(new Error('timeout'), { code: 'no answer' })))
    asked.on('error', reject)
    asked.end(body)
  })

export const askJson = (tools: Pick<Tools, 'count'>, url: string, attacker: number, body: unknown): Promise<number> =>
  ask(tools, {
    url,
    attacker,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
