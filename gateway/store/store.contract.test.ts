import { describe } from 'vitest'
import { freshDatabase } from '../../test/support/postgres.ts'
import { chainContract } from './contract/chain.contract.ts'
import { inboxContract } from './contract/inbox.contract.ts'
import { logContract } from './contract/log.contract.ts'
import { peopleContract } from './contract/people.contract.ts'
import type { Place } from './contract/suite.contract.ts'
import { emptyData, memoryStore } from './memory.ts'
import { openStore } from './postgres.ts'

const inMemory = async (): Promise<Place> => {
  const data = emptyData()
  return { open: async () => memoryStore(data), end: async () => {} }
}

const inPostgres = async (): Promise<Place> => {
  const { url, drop } = await freshDatabase()
  return { open: () => openStore(url), end: drop }
}

describe.each([
  ['in memory', inMemory],
  ['in PostgreSQL', inPostgres],
])('the store %s', (_, place) => {
  describe('what came in', () => inboxContract(place))
  describe('the log', () => logContract(place))
  describe('the way to the chain', () => chainContract(place))
  describe('people and money', () => peopleContract(place))
})
