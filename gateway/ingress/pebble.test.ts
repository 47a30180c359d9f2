import { describe, expect, test } from 'vitest'
import { seconds } from '../../devices/units.ts'
import { CAPTURE, NOON } from '../../test/support/packets.ts'
import type { PebbleDesk } from '../ports.ts'
import { configText, openPebbleTalk, type PebbleConfig } from './pebble.ts'

const OWNER = `0x${'ab'.repeat(20)}` as const
const config: PebbleConfig = { dataChannel: 8_183, uploadSeconds: 300, isGpsPrecise: true }

const sender = { account: 'a session', networks: ['192.0.2.1'] }

const setUp = (settings?: PebbleConfig) => {
  const sent: [string, string][] = []
  const confirmed: Uint8Array[] = []
  const world = { now: NOON, answer: { status: 0 } as ReturnType<PebbleDesk['statusOf']> }
  const desk: PebbleDesk = {
    statusOf: () => world.answer,
    confirm: async (_, raw) => void confirmed.push(raw),
  }
  const reply = async (topic: string, payload: string) => void sent.push([topic, payload])
  const talk = openPebbleTalk({ desk, clock: { now: () => world.now } }, settings)
  const query = (imei: string, account = `session of ${imei}`) => talk.query(imei, { account, reply })
  return { talk, query, world, sent, confirmed }
}

describe('a query', () => {
  test('is not answered while nobody has proposed', async () => {
    const { query, sent } = setUp()
    await query(CAPTURE.imei)
    expect(sent).toEqual([])
  })

  test('is answered with status and proposer', async () => {
    const { query, world, sent } = setUp()
    world.answer = { status: 1, proposer: OWNER }
    await query(CAPTURE.imei)
    expect(sent).toEqual([[`backend/${CAPTURE.imei}/status`, `{"status":1,"proposer":"${OWNER}"}`]])
  })

  test('is answered again only after 15 s, unless the answer has changed', async () => {
    const { query, world, sent } = setUp()
    world.answer = { status: 1, proposer: OWNER }
    for (const after of [0, 5, 10, 14.999, 15, 20]) {
      world.now = NOON + seconds(after)
      await query(CAPTURE.imei)
    }
    expect(sent.length).toBe(2)
    world.answer = { status: 2, proposer: OWNER }
    await query(CAPTURE.imei)
    expect(sent.length).toBe(3)
  })

  test('is answered to each device by itself', async () => {
    const { query, world, sent } = setUp()
    world.answer = { status: 2 }
    for (const imei of [CAPTURE.imei, '350916067070536']) await query(imei)
    expect(sent.length).toBe(2)
  })

  test('is answered to each session by itself, so that a stranger’s keeps none of the Pebble’s unanswered', async () => {
    const { query, world, sent } = setUp()
    world.answer = { status: 2 }
    for (const account of ['a stranger’s', 'its own']) await query(CAPTURE.imei, account)
    expect(sent.length).toBe(2)
  })

  test.each([undefined, '0x1234', `0x${'AB'.repeat(20)}`, 'ab'.repeat(20)])(
    'never names %s as proposer',
    async (proposer) => {
      const { query, world, sent } = setUp()
      world.answer = { status: 1, ...(proposer ? { proposer: proposer as typeof OWNER } : {}) }
      await query(CAPTURE.imei)
      expect(sent).toEqual([])
    },
  )

  test('never names the owner of a paired one: whoever claims the IMEI hears the answer', async () => {
    const { query, world, sent } = setUp()
    world.answer = { status: 2, proposer: OWNER }
    await query(CAPTURE.imei)
    expect(sent.map(([, payload]) => JSON.parse(payload))).toEqual([{ status: 2, proposer: `0x${'0'.repeat(40)}` }])
  })

  test('of a paired Riverrock brings its settings too', async () => {
    const { query, world, sent } = setUp(config)
    world.answer = { status: 1, proposer: OWNER }
    await query(CAPTURE.imei)
    expect(sent.length).toBe(1)
    world.answer = { status: 2, proposer: OWNER }
    await query(CAPTURE.imei)
    expect(sent.slice(1).map(([topic]) => topic)).toEqual([
      `backend/${CAPTURE.imei}/status`,
      `backend/${CAPTURE.imei}/config`,
    ])
    expect(JSON.parse(sent[2]?.[1] ?? '')).toEqual({
      appName: 'Riverrock',
      appVersion: '1.0.14',
      data_channel: 8_183,
      upload_period: '300',
      preciseGPS: true,
    })
    expect(sent.every(([, payload]) => payload.length <= 256)).toBe(true)
  })
})

test.each([
  { dataChannel: 8_184 },
  { dataChannel: -1 },
  { uploadSeconds: 9 },
  { uploadSeconds: 86_401 },
  { uploadSeconds: 10.5 },
])('refuses settings that the firmware would not take: %j', (but) => {
  expect(() => configText({ ...config, ...but })).toThrow(RangeError)
})

describe('a confirm', () => {
  test('is looked at once a second', async () => {
    const { talk, world, confirmed } = setUp()
    for (const after of [0, 0.5, 1]) {
      world.now = NOON + seconds(after)
      await talk.confirm(CAPTURE.imei, Uint8Array.of(after), sender)
    }
    expect(confirmed.length).toBe(2)
  })

  test('is not looked at above 256 bytes', async () => {
    const { talk, confirmed } = setUp()
    await talk.confirm(CAPTURE.imei, new Uint8Array(257), sender)
    await talk.confirm(CAPTURE.imei, new Uint8Array(256), sender)
    expect(confirmed.length).toBe(1)
  })

  test('is looked at, whatever a stranger sends under the same IMEI', async () => {
    const { talk, confirmed } = setUp()
    await talk.confirm(CAPTURE.imei, Uint8Array.of(1), { account: 'a stranger’s', networks: ['192.0.2.2'] })
    await talk.confirm(CAPTURE.imei, Uint8Array.of(2), sender)
    expect(confirmed).toEqual([Uint8Array.of(1), Uint8Array.of(2)])
  })

  test('is looked at two hundred times at once for one address, from however many sessions', async () => {
    const { talk, confirmed } = setUp()
    for (let index = 0; index < 300; index += 1)
      await talk.confirm(CAPTURE.imei, new Uint8Array(1), { ...sender, account: `session ${index}` })
    expect(confirmed.length).toBe(200)
  })
})
