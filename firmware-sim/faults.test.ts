import { describe, expect, test } from 'vitest'
import { clockDrift, Disturber, type FaultRates, type Packet, type Shot } from './faults.ts'
import { randomOf } from './random.ts'

const packet = (sequence: number): Packet => ({
  sequence: BigInt(sequence),
  digest: new Uint8Array(32).fill(sequence),
  raw: new Uint8Array(100).fill(sequence),
})
const packets = Array.from({ length: 200 }, (_, index) => packet(index + 1))

const run = (rates: FaultRates, seed = 'seed'): readonly Shot[] => {
  const disturber = new Disturber(randomOf(seed), rates)
  return [...packets.flatMap((each) => disturber.disturb(each)), ...disturber.flush()]
}
const everything: FaultRates = { replay: 0.3, duplicate: 0.3, reorder: 0.3, loss: 0.3, 'bad-signature': 0.3 }
const counted = (shots: readonly Shot[]) => shots.flatMap(({ packet }) => packet?.sequence ?? [])
const byFault = (shots: readonly Shot[], name: Shot['fault']) => shots.filter(({ fault }) => fault === name)

describe('faults', () => {
  test('leave everything as it is when none is asked for', () => {
    expect(run({})).toEqual(packets.map((each) => ({ raw: each.raw, packet: each })))
  })

  test('are the same for the same seed, and others for another', () => {
    expect(run(everything)).toEqual(run(everything))
    expect(run(everything)).not.toEqual(run(everything, 'another'))
  })

  test('let every packet leave exactly once as the one that counts', () => {
    expect([...counted(run(everything))].sort((a, b) => Number(a - b))).toEqual(packets.map(({ sequence }) => sequence))
  })

  test('replay sends an older packet byte for byte', () => {
    const shots = run({ replay: 1 })
    for (const [index, shot] of shots.entries()) {
      if (shot.fault !== 'replay') continue
      expect(shots.slice(0, index).some(({ raw }) => Buffer.compare(raw, shot.raw) === 0)).toBe(true)
    }
    expect(byFault(shots, 'replay').length).toBeGreaterThan(190)
  })

  test('duplicate sends the packet twice in a row', () => {
    const shots = run({ duplicate: 1 })
    expect(shots.length).toBe(400)
    expect(shots.every((shot, index) => index % 2 === 0 || shot.raw === shots[index - 1]?.raw)).toBe(true)
  })

  test('reorder sends a packet after the next one', () => {
    expect(counted(run({ reorder: 1 })).slice(0, 6)).toEqual([2n, 1n, 4n, 3n, 6n, 5n])
  })

  test('bad-signature sends first a copy that differs by one bit in its last 64 bytes', () => {
    const shots = run({ 'bad-signature': 1 })
    expect(byFault(shots, 'bad-signature').length).toBe(200)
    const [copy, real] = shots as [Shot, Shot]
    const bits = copy.raw.map((byte, index) => byte ^ (real.raw[index] ?? 0))
    expect(bits.slice(0, 36).every((byte) => byte === 0)).toBe(true)
    expect([...bits].join('').replaceAll('0', '').length).toBeGreaterThan(0)
    expect(bits.reduce((sum, byte) => sum + byte.toString(2).replaceAll('0', '').length, 0)).toBe(1)
    expect(real.packet).toBeDefined()
  })

  test('come about as often as their rate says', () => {
    const lost = byFault(run({ loss: 0.3 }), 'loss').length
    expect(lost).toBeGreaterThan(35)
    expect(lost).toBeLessThan(85)
  })

  test('one more does not move the others', () => {
    const lossOf = (rates: FaultRates) => counted(byFault(run(rates), 'loss'))
    expect(lossOf({ loss: 0.3, duplicate: 0.5 })).toEqual(lossOf({ loss: 0.3 }))
  })

  test('a drifting clock is 10 minutes to 3 hours off, for good', () => {
    const drifts = Array.from({ length: 400 }, (_, index) =>
      clockDrift(randomOf('clock', index), { 'clock-drift': 0.5 }),
    )
    const off = drifts.filter((drift) => drift !== 0)
    expect(off.length).toBeGreaterThan(150)
    expect(off.length).toBeLessThan(250)
    expect(off.every((drift) => Math.abs(drift) >= 600_000 && Math.abs(drift) <= 10_800_000)).toBe(true)
    expect(drifts[3]).toBe(clockDrift(randomOf('clock', 3), { 'clock-drift': 0.5 }))
  })
})
