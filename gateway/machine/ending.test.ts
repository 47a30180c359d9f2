import { expect, test } from 'vitest'
import { openEnding } from './ending.ts'

const ending = () => {
  const told: string[] = []
  const open = openEnding()
  const add = (name: string, stop: () => unknown = () => {}) =>
    open.add(name, async () => {
      await stop()
      told.push(name)
    })
  const run = () => open.run((name, error) => told.push(`${name} failed: ${(error as Error).message}`))
  return { told, add, run }
}

test('what was started last ends first, each once the one before has ended', async () => {
  const { told, add, run } = ending()
  add('database')
  add('chain', () => new Promise((resolve) => setImmediate(resolve)))
  add('fleet')
  await run()
  expect(told).toEqual(['fleet', 'chain', 'database'])
})

test('one that fails is told, and the others end all the same', async () => {
  const { told, add, run } = ending()
  add('database')
  add('chain', () => Promise.reject(new Error('wedged')))
  await run()
  expect(told).toEqual(['chain failed: wedged', 'database'])
})

test('asked twice, all ends once, and both askers wait for it', async () => {
  const { told, add, run } = ending()
  add('database')
  await Promise.all([run(), run()])
  await run()
  expect(told).toEqual(['database'])
})
