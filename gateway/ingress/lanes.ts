import { MAX_IN_FLIGHT } from '../../devices/limits.ts'

/** More came than may: the session must close once what came before is answered. */
export class TooMany extends Error {}

/**
 * Answers each device's packets in the order they came, however their work ends, and bounds how many are under way. A device that
 * proved who it is does not get a second allowance by connecting anew.
 */
export type Lanes = {
  inFlight(device: string): number
  /** Resolves when something of that device has settled; at once where nothing is under way. */
  next(device: string): Promise<unknown>
  /** Starts the work at once and settles as it did, after everything before it in the device's lane has settled. Without room: rejects so. */
  run<T>(device: string, work: () => Promise<T>): Promise<T>
  /** Resolves when nothing is under way. */
  idle(): Promise<void>
}

type Lane = { inFlight: number; tail: Promise<unknown>; whenNext: (() => void)[] }

export const openLanes = (limit = MAX_IN_FLIGHT): Lanes => {
  const lanes = new Map<string, Lane>()

  const end = (device: string, lane: Lane) => {
    lane.inFlight -= 1
    if (lane.inFlight === 0) lanes.delete(device)
    for (const resolve of lane.whenNext.splice(0)) resolve()
  }

  return {
    inFlight: (device) => lanes.get(device)?.inFlight ?? 0,
    next: (device) =>
      new Promise<void>((resolve) => {
        const lane = lanes.get(device)
        if (lane) lane.whenNext.push(resolve)
        else resolve()
      }),
    run: (device, work) => {
      const lane = lanes.get(device) ?? { inFlight: 0, tail: Promise.resolve(), whenNext: [] }
      lanes.set(device, lane)
      const started = lane.inFlight < limit ? start(work) : Promise.reject(new TooMany(`above ${limit} in flight`))
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
