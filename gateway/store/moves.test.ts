import { expect, test } from 'vitest'
import type { BatchState } from '../ports.ts'
import { nextOfBatch } from '../settle/state.ts'
import { before } from './moves.ts'

test('the store allows the moves that the settler makes, and staying', () => {
  const states = Object.keys(nextOfBatch) as BatchState[]
  for (const to of states) {
    const allowed = states.filter((from) => from === to || nextOfBatch[from].includes(to))
    expect([...before[to]].toSorted()).toEqual(allowed.toSorted())
  }
})
