import { expect, test } from 'vitest'
import { newsSince } from '../gateway/news.ts'
import { memoryStore } from '../gateway/store/memory.ts'
import { seed } from './support/seeded-gateway.ts'

const LANE = 0
const nothing = { height: 0n, finals: new Set<bigint>(), claims: new Set<string>() }

test('news are what was settled, became final and was claimed since the last look, oldest batch first', async () => {
  const store = memoryStore()
  await seed(store)
  const { lines, settled } = await newsSince(store.read, LANE, nothing)
  expect(settled.map(({ header }) => header.height)).toEqual([1n, 2n, 3n, 4n, 5n, 6n])
  expect(lines.slice(0, 6).map((line) => line.replace(/transaction.*/, ''))).toEqual(
    settled.map(({ header }) => `batch ${header.height} settled: ${header.size - header.from} records, `),
  )
  expect(lines.filter((line) => /^epoch \d+ final: \d+ devices earned [\d.]+ CAIRN/.test(line))).not.toEqual([])
  expect(lines.filter((line) => /^claims paid: [\d.]+ CAIRN for \d+ devices/.test(line))).toHaveLength(1)
})

test('nobody is told of the past, nor twice of the same', async () => {
  const store = memoryStore()
  await seed(store)
  const first = await newsSince(store.read, LANE, undefined)
  expect(first.lines).toEqual([])
  expect((await newsSince(store.read, LANE, first.told)).lines).toEqual([])
})
