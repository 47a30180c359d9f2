/** A queue that is fair between names: first in, first out within a name, and each name in turn. */
export type FairQueue<T> = {
  push(name: string, item: T): void
  shift(): T | undefined
  /** What `shift` would answer. */
  peek(): T | undefined
  /** Takes out the newest item of the name that has most. It looks at every name: for when there are too many. */
  dropFromHeaviest(): T | undefined
  readonly size: number
}

export const openFairQueue = <T>(): FairQueue<T> => {
  // The name whose turn it is comes first. One that was served goes to the end.
  const queues = new Map<string, T[]>()
  let size = 0

  const first = (): [string, T[]] | undefined => queues.entries().next().value

  return {
    push: (name, item) => {
      const queue = queues.get(name)
      if (queue) queue.push(item)
      else queues.set(name, [item])
      size += 1
    },
    shift: () => {
      const [name, queue] = first() ?? []
      if (name === undefined || !queue) return undefined
      queues.delete(name)
      const item = queue.shift()
      if (queue.length > 0) queues.set(name, queue)
      size -= 1
      return item
    },
    peek: () => first()?.[1][0],
    dropFromHeaviest: () => {
      const [name, queue] = [...queues].reduce((most, one) => (one[1].length > most[1].length ? one : most), ['', []])
      if (queue.length === 0) return undefined
      if (queue.length === 1) queues.delete(name)
      size -= 1
      return queue.pop()
    },
    get size() {
      return size
    },
  }
}
