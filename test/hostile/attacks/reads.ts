import { type Attack, crowd } from '../attacker/attack.ts'
import { ask } from '../attacker/http.ts'

/*
 * Anonymous reads, as many at once as an attacker likes.
 */

const rewards: Attack = {
  what: 'GET /v1/rewards?limit=100, 14 at once, from 14 addresses',
  prepare: (tools) => () =>
    crowd(tools, { many: 14, perSecond: 2_000 }, (index) =>
      ask(tools, { url: `${tools.target.url}/v1/rewards?limit=100`, attacker: index }),
    ),
}

const reads: Attack = {
  what: 'every anonymous route of devices, batches, log, rewards and documents, 64 at once, from 32 addresses',
  prepare: (tools) => {
    const { url, devices } = tools.target
    const of = (index: number) => devices[index % devices.length] ?? ''
    const routes: ((turn: number) => string)[] = [
      () => '/v1/devices?limit=200',
      (turn) => `/v1/devices/${of(turn)}/readings?limit=1000&proof=1`,
      (turn) => `/v1/devices/${of(turn)}/readings?limit=1000`,
      (turn) => `/v1/devices/${of(turn)}/explain`,
      (turn) => `/v1/devices/${of(turn)}/refusals?limit=1000`,
      () => '/v1/batches?limit=200',
      () => '/v1/rewards?limit=100',
      (turn) => `/log/0/${String(1 + (turn % 8)).padStart(8, '0')}/bodies`,
      () => '/log/0/checkpoint',
      () => '/openapi.json',
      () => '/docs/',
      () => '/metrics',
      () => '/v1/health',
      () => '/',
    ]
    return () =>
      crowd(tools, { many: 64, perSecond: 3_000 }, (index, round) =>
        ask(tools, {
          url: url + (routes[(index + round) % routes.length] as (turn: number) => string)(round),
          attacker: index % 32,
        }),
      )
  },
}

export const readAttacks = { rewards, reads }
