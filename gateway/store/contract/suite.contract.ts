import { afterEach, beforeEach } from 'vitest'
import type { Store } from '../store.ts'

/** Somewhere empty to keep things; every store opened on it is one more gateway. */
export type Place = { open(): Promise<Store>; end(): Promise<void> }

/** The stores of the test that runs. */
export type Stores = { readonly store: Store; open(): Promise<Store> }

/** A fresh place for each test, ended after it with all its stores. */
export const freshStores = (place: () => Promise<Place>): Stores => {
  let here: Place
  let opened: Store[] = []
  const open = async (): Promise<Store> => {
    const store = await here.open()
    opened.push(store)
    return store
  }
  beforeEach(async () => {
    here = await place()
    await open()
  })
  afterEach(async () => {
    await Promise.all(opened.map((store) => store.close()))
    opened = []
    await here.end()
  })
  return {
    open,
    get store() {
      return opened[0] as Store
    },
  }
}

/** Rows as plain values: a driver's Buffer and a Uint8Array of the same bytes are the same row. */
export const plain = <T>(value: T): T => {
  if (value instanceof Uint8Array) return new Uint8Array(value) as T
  if (value instanceof Map) return new Map([...value].map(([key, inner]) => [key, plain(inner)])) as T
  if (Array.isArray(value)) return value.map(plain) as T
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)])) as T
}
