import { openFairQueue } from './fair-queue.ts'

export type ShareLimits = {
  /** Under way at once. */
  readonly packets: number
  readonly bytes: number
  /** What waits for that, on top. */
  readonly waiting: { readonly packets: number; readonly bytes: number }
}

/** A bounded part of the path: what is under way in it, and a fair queue before it. */
export type Share<T> = {
  /** Puts one into the queue. Answers what had to leave it: the newest of the name that has most, perhaps this one. */
  offer(name: string, item: T, bytes: number): readonly T[]
  /** The next for which there is room; it counts as under way until `end`. */
  next(): T | undefined
  end(bytes: number): void
  /** What comes now would have to wait for something to end. */
  readonly isFull: boolean
  /** Offered, and neither ended nor sent away. */
  readonly size: number
}

type Entry<T> = { readonly item: T; readonly bytes: number }

export const openShare = <T>({ packets, bytes: mostBytes, waiting }: ShareLimits): Share<T> => {
  const queue = openFairQueue<Entry<T>>()
  let queuedBytes = 0
  let underWay = 0
  let bytesUnderWay = 0

  const drop = (): T | undefined => {
    const dropped = queue.dropFromHeaviest()
    queuedBytes -= dropped?.bytes ?? 0
    return dropped?.item
  }

  return {
    offer: (name, item, bytes) => {
      queue.push(name, { item, bytes })
      queuedBytes += bytes
      const out: T[] = []
      while (queue.size > waiting.packets || queuedBytes > waiting.bytes) {
        const dropped = drop()
        if (dropped === undefined) break
        out.push(dropped)
      }
      return out
    },
    next: () => {
      const entry = queue.peek()
      // One that is larger than all the room has it to itself.
      if (!entry || underWay >= packets || (underWay > 0 && bytesUnderWay + entry.bytes > mostBytes)) return undefined
      queue.shift()
      queuedBytes -= entry.bytes
      underWay += 1
      bytesUnderWay += entry.bytes
      return entry.item
    },
    end: (bytes) => {
      underWay -= 1
      bytesUnderWay -= bytes
    },
    get isFull() {
      return underWay + queue.size >= packets || bytesUnderWay + queuedBytes >= mostBytes
    },
    get size() {
      return underWay + queue.size
    },
  }
}
