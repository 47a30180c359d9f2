import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { dueOf, type Load } from './bench/load/plan.ts'
import { memoryOf } from './bench/machine.ts'
import { lineOf } from './bench/memory.ts'
import { isMissed, type Measured, median, percentile, table } from './bench/report.ts'

const line = (but: Partial<Measured>): Measured => ({ what: 'a thing', value: 10, unit: 'ms', ...but })

describe('a measured line', () => {
  test('is missed only beyond its target', () => {
    expect([9, 10, 11].map((value) => isMissed(line({ value, target: { most: 10 } })))).toEqual([false, false, true])
    expect([9, 10, 11].map((value) => isMissed(line({ value, target: { least: 10 } })))).toEqual([true, false, false])
    expect(isMissed(line({}))).toBe(false)
  })

  test('is missed where nothing was measured', () => {
    expect(isMissed(line({ value: Number.NaN, target: { most: 10 } }))).toBe(true)
    expect(isMissed(line({ value: Number.NaN, target: { least: 10 } }))).toBe(true)
  })

  test('stands beside its target', () => {
    const rows = table([
      line({ value: 12_345.6, unit: '/s', target: { least: 2_000 } }),
      line({ target: { most: 1 } }),
    ]).split('\n')
    expect(rows[2]).toMatch(/\| a thing +\| 12,300 \/s +\| ≥ 2,000 \/s +\| met +\|/)
    expect(rows[3]).toMatch(/\| 10 ms +\| ≤ 1 ms +\| MISSED +\|/)
  })
})

describe('percentiles', () => {
  test('are values that were measured, by nearest rank', () => {
    const sorted = Array.from({ length: 100 }, (_, at) => at + 1)
    expect([0.5, 0.95, 0.99, 1].map((share) => percentile(sorted, share))).toEqual([50, 95, 99, 100])
    expect(percentile([7], 0.99)).toBe(7)
    expect(percentile([], 0.5)).toBeNaN()
    expect(median([3, 1, 2])).toBe(2)
  })
})

describe('the schedule of an open load', () => {
  const load = { devices: 3, firstSequence: '10' } as Load

  test('deals packets to devices in turn, evenly in time, each sequence of a device once', () => {
    expect([0, 1, 2, 3, 4].map((n) => dueOf(load, 500, n))).toEqual([
      { device: 0, sequence: 10n, due: 0 },
      { device: 1, sequence: 10n, due: 2 },
      { device: 2, sequence: 10n, due: 4 },
      { device: 0, sequence: 11n, due: 6 },
      { device: 1, sequence: 11n, due: 8 },
    ])
  })
})

describe('memory', () => {
  /** A /proc with these files of each process. */
  const procOf = (processes: Readonly<Record<number, Readonly<Record<string, string>>>>): string => {
    const proc = mkdtempSync(path.join(tmpdir(), 'cairn-proc-'))
    onTestFinished(() => rmSync(proc, { recursive: true }))
    for (const [pid, files] of Object.entries(processes)) {
      mkdirSync(path.join(proc, pid))
      for (const [name, text] of Object.entries(files)) writeFileSync(path.join(proc, pid, name), text)
    }
    return proc
  }
  const status = 'Name:\tnode\nVmHWM:\t  9999 kB\nVmRSS:\t  2048 kB\n'
  const rollup = 'Rss:  2048 kB\nPss:  1024 kB\nPss_Dirty:  512 kB\n'
  const none = 2 ** 30

  test('is Pss where the kernel tells it, and VmRSS on a kernel without smaps_rollup', () => {
    expect(memoryOf([none], procOf({ [none]: { status, smaps_rollup: rollup } }))).toMatchObject({ megabytes: 1 })
    expect(memoryOf([none], procOf({ [none]: { status } }))).toMatchObject({ megabytes: 2 })
  })

  test('is asked of ps where there is no /proc', () => {
    expect(memoryOf([process.pid], procOf({}))?.megabytes).toBeGreaterThan(1)
  })

  test('of several processes is all of one kind, and one that has ended counts nothing', () => {
    const proc = procOf({ [none]: { status }, [none + 1]: { status, smaps_rollup: rollup } })
    expect(memoryOf([none, none + 1, none + 2], proc)).toMatchObject({ megabytes: 4 })
  })

  test('that no one tells is a line that says so, and no failure', () => {
    expect(memoryOf([none], procOf({}))).toBeUndefined()
    const untold = lineOf('gateway', [undefined, undefined])
    expect(isMissed(untold)).toBe(false)
    expect(table([untold])).toMatch(/\| – +\|.*this machine tells it neither by \/proc nor by ps/)
  })
})
