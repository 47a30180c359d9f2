import { describe } from 'vitest'
import { type FreshDatabase, freshDatabase } from '../../test/support/postgres.ts'
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

let database: Promise<FreshDatabase> | undefined
const inPostgres = async (): Promise<Place> => {
  database ??= freshDatabase()
  const { url, empty } = await database
  return { open: () => openStore(url), end: empty }
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
