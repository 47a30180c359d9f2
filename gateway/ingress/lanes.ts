import { MAX_IN_FLIGHT } from '../../devices/limits.ts'

/** More of a device's packets are under way than it may have; the session must close once those before are answered. */
export class TooManyInFlight extends Error {}

/**
 * Answers each device's packets in the order they came, however their work ends, and bounds how many are under way. Counted per device,
 * not per socket: a device that reconnects does not get a second allowance.
 */
export type Lanes = {
  hasRoom(device: string): boolean
  /** Starts the work at once and settles as it did, after everything before it in the device's lane has settled. Without room: rejects so. */
  run<T>(device: string, work: () => Promise<T>): Promise<T>
  /** Resolves when nothing is under way. */
  idle(): Promise<void>
}

type Lane = { inFlight: number; tail: Promise<unknown> }

export const openLanes = (limit = MAX_IN_FLIGHT): Lanes => {
  const lanes = new Map<string, Lane>()

  const end = (device: string, lane: Lane) => {
    lane.inFlight -= 1
    if (lane.inFlight === 0) lanes.delete(device)
  }

  return {
    hasRoom: (device) => (lanes.get(device)?.inFlight ?? 0) < limit,
    run: (device, work) => {
      const lane = lanes.get(device) ?? { inFlight: 0, tail: Promise.resolve() }
      lanes.set(device, lane)
      const started = lane.inFlight < limit ? start(work) : Promise.reject(new TooManyInFlight(`above ${limit}`))
      lane.inFlight += 1
      const turn = Promise.allSettled([lane.tail, started])
        .finally(() => end(device, lane))
        .then(() => started)
      lane.tail = turn.catch(() => undefined)
      return turn
    },
    idle: async () => {
      while (lanes.size > 0) await Promise.all([...lanes.values()].map((lane) => lane.tail))
    },
  }
}

/** A throw before the first await is a rejection too. */
const start = async <T>(work: () => Promise<T>): Promise<T> => work()
