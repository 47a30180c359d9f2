import { readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

/** Versions below these have a published hole or a behaviour that this gateway rests on not having. */
const floors: Readonly<Record<string, readonly [version: string, because: string]>> = {
  aedes: ['1.2.0', 'GHSA-52qw-whmv-87c5: a client id of __proto__ ends the broker'],
  'aedes-persistence': ['11.0.0', 'goes with aedes 1.2'],
  'mqtt-packet': ['9.0.2', 'aedes #612: a crash in the parser'],
  mqtt: ['5.16.0', 'CVE-2017-10910'],
  ws: ['8.17.1', 'CVE-2024-37890: a crash by many headers'],
  fastify: ['5.8.1', 'CVE-2026-25223, -25224, -3419: validation skipped, memory, content types'],
  '@fastify/static': ['9.1.1', 'CVE-2026-6414: %2F goes round route guards'],
  '@openzeppelin/contracts': ['5.0.0', 'CVE-2022-35961 and others of 4.x'],
}

type Entry = { readonly version?: string; readonly optionalDependencies?: Readonly<Record<string, string>> }
type Lock = { readonly packages: Readonly<Record<string, Entry>> }
const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)))
const lock = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')) as Lock

const versionsOf = (name: string): string[] =>
  Object.entries(lock.packages)
    .filter(([at]) => at === `node_modules/${name}` || at.endsWith(`/node_modules/${name}`))
    .map(([, { version = '0.0.0' }]) => version)

const isAtLeast = (version: string, floor: string): boolean => {
  const [a, b] = [version, floor].map((text) => text.split(/[.-]/).map(Number))
  const first = [0, 1, 2].find((at) => a?.[at] !== b?.[at])
  return first === undefined || (a?.[first] ?? 0) > (b?.[first] ?? 0)
}

test.each(Object.entries(floors))('%s is at least %s', (name, [floor]) => {
  const versions = versionsOf(name)
  expect(versions).not.toEqual([])
  expect(versions.filter((version) => !isAtLeast(version, floor))).toEqual([])
})

test('no lock entry names where it was fetched from', () => {
  expect(Object.entries(lock.packages).filter(([, entry]) => 'resolved' in entry)).toEqual([])
})

/** `npm ci` refuses a lock file that lacks one, on any platform. `npm install` beside an old lock or `node_modules` drops them. */
test('the lock file holds every platform’s optional packages', () => {
  const asked = Object.values(lock.packages).flatMap(({ optionalDependencies = {} }) =>
    Object.keys(optionalDependencies),
  )
  expect(asked.length).toBeGreaterThan(20)
  expect(asked.filter((name) => versionsOf(name).length === 0)).toEqual([])
})
