import { setTimeout as wait } from 'node:timers/promises'
import { percentile } from '../report.ts'
import { type Device, enter, makeDevice, sendNext } from './device.ts'
import { dueOf, type Load, type Pace, type Said } from './plan.ts'

/*
 * The load generator, a process of its own. Argument: a `Load` in JSON. Prints what it has to say, one JSON line each; ends by itself.
 */

const CONNECTING_AT_ONCE = 16
/** Longer than any stall that is not an end. */
const DRAIN_WITHIN = 60_000
/** A timer of Node's fires some ms late on a busy machine; beyond this it is told. */
const LATE = 5

const say = (said: Said): void => void process.stdout.write(`${JSON.stringify(said)}\n`)

/** Sends all that is due at `now`, ms since the start. */
type Step = (now: number) => void

const stepOf = (
  load: Load,
  pace: Pace,
  devices: readonly Device[],
  onSent: (due: number, now: number) => void,
): Step => {
  if (pace.kind === 'open') {
    const total = pace.perSecond * (load.warmUp + load.seconds)
    let n = 0
    return (now) => {
      for (; n < total; n++) {
        const { device, due } = dueOf(load, pace.perSecond, n)
        if (due > now) return
        sendNext(devices[device] as Device, due)
        onSent(due, now)
      }
    }
  }
  const period = 1_000 / pace.perDevice
  const readyAt = devices.map((_, at) => (period * at) / devices.length)
  return (now) => {
    devices.forEach((device, at) => {
      if (now < (readyAt[at] as number) || device.waiting.size >= pace.window) return
      // From now, not from when it was ready: catching up would run into the gateway's quota.
      readyAt[at] = now + period
      sendNext(device, now)
      onSent(now, now)
    })
  }
}

const packetsEach = ({ devices, pace, warmUp, seconds }: Load): number =>
  pace.kind === 'open'
    ? Math.ceil((pace.perSecond * (warmUp + seconds)) / devices)
    : Math.ceil(pace.perDevice * (warmUp + seconds)) + 1

const prepare = async (load: Load): Promise<readonly Device[]> => {
  const each = packetsEach(load)
  const devices: Device[] = []
  for (let index = 0; index < load.devices; index++) {
    devices.push(makeDevice(load, index, each))
    await wait(0)
  }
  return devices
}

const connectAll = async (load: Load, devices: readonly Device[], on: Parameters<typeof enter>[2]): Promise<void> => {
  const queue = [...devices]
  const connecting = Array.from({ length: CONNECTING_AT_ONCE }, async () => {
    for (let device = queue.shift(); device; device = queue.shift()) await enter(load, device, on)
  })
  await Promise.all(connecting)
}

const drain = async (devices: readonly Device[]): Promise<void> => {
  const waiting = (): number => devices.reduce((sum, device) => sum + device.waiting.size, 0)
  for (let waited = 0; waiting() > 0; waited += 20) {
    if (waited >= DRAIN_WITHIN) throw new Error(`${waiting()} packets were never answered`)
    await wait(20)
  }
}

const run = async (load: Load): Promise<void> => {
  const devices = await prepare(load)
  let onLost: (why: string) => void = () => {}
  const lost = new Promise<never>((_, reject) => {
    onLost = (why) => reject(new Error(why))
  })
  // Lost while others still connect: told once the race looks at it.
  lost.catch(() => {})
  const [from, to] = [1_000 * load.warmUp, 1_000 * (load.warmUp + load.seconds)]
  const latencies: number[] = []
  let [sent, acknowledged, acknowledgedInSpan, late, start] = [0, 0, 0, 0, 0]
  const isMeasured = (time: number): boolean => time >= from && time < to
  await connectAll(load, devices, {
    lost: (why) => onLost(why),
    acknowledged: (due) => {
      const now = performance.now() - start
      acknowledged++
      if (isMeasured(now)) acknowledgedInSpan++
      if (isMeasured(due)) latencies.push(now - due)
    },
  })
  say({ at: 'ready', packets: devices.reduce((sum, { frames }) => sum + frames.length, 0) })
  const step = stepOf(load, load.pace, devices, (due, now) => {
    sent++
    if (isMeasured(due) && now - due > LATE) late++
  })
  start = performance.now()
  const startedAt = Date.now()
  const sendAll = async (): Promise<void> => {
    let hasBegun = false
    for (let now = 0; now < to; now = performance.now() - start) {
      if (!hasBegun && now >= from) say({ at: 'begin' })
      hasBegun = now >= from
      step(now)
      await wait(1)
    }
    say({ at: 'end' })
    await drain(devices)
  }
  await Promise.race([sendAll(), lost])
  await Promise.all(devices.map((device) => device.connection?.end()))
  const sorted = Float64Array.from(latencies).sort()
  say({
    at: 'done',
    sent,
    acknowledged,
    acknowledgedInSpan,
    spanSeconds: load.seconds,
    latency: {
      count: sorted.length,
      p50: percentile(sorted, 0.5),
      p99: percentile(sorted, 0.99),
      most: percentile(sorted, 1),
    },
    startedAt,
    late,
  })
}

// Whoever started it was killed.
process.once('disconnect', () => process.exit(1))
if (process.connected === false) process.exit(1)
process.channel?.unref()
await run(JSON.parse(process.argv[2] ?? '') as Load).catch((error: Error) => {
  process.stderr.write(`load: ${error.message}\n`)
  process.exitCode = 1
  // Sessions that are still open would keep the process.
  process.exit()
})
