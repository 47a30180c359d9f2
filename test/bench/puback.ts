import { countCpu, inCores, partsOf } from './machine.ts'
import type { Measured } from './report.ts'
import type { Say, Stand } from './stand.ts'

const PER_SECOND = 500

/**
 * How long a device waits for its PUBACK at 500 packets a second.
 *
 * Open loop: each packet's time counts from the moment it was due, so a stall is charged to every packet that fell into it, whether or not
 * the generator managed to send it.
 */
export const measurePuback = async (stand: Stand, say: Say): Promise<readonly Measured[]> => {
  const { devices } = await stand.fleet()
  const gateway = await stand.gateway()
  let taken: ReturnType<typeof countCpu> | undefined
  let cpu = ''
  const { result } = await stand.load(
    { pace: { kind: 'open', perSecond: PER_SECOND }, warmUp: 5, seconds: 20 },
    (said, pid) => {
      if (said === 'begin') taken = countCpu(() => ({ ...partsOf(gateway.pid), load: [pid] }))
      if (said === 'end') cpu = taken ? inCores(taken()) : ''
    },
  )
  const { latency, late } = result
  say(`${latency.count} packets answered`)
  const what = `PUBACK at ${PER_SECOND} packets/s`
  return [
    {
      what: `${what}: p50`,
      value: latency.p50,
      unit: 'ms',
      note: `${latency.count} packets of ${devices} devices, from when each was due`,
    },
    {
      what: `${what}: p99`,
      value: latency.p99,
      unit: 'ms',
      target: { most: 100 },
      note: `worst ${latency.most.toFixed(0)} ms; ${late} left > 5 ms late; cores: ${cpu}`,
    },
  ]
}
