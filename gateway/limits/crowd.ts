/**
 * Things counted by the networks they came from, narrowest first. It always knows which network has most, and each network's oldest, in
 * constant time: it is asked for every new socket just when there are too many.
 */
export type Crowd<T> = {
  add(thing: T, networks: readonly string[]): void
  remove(thing: T, networks: readonly string[]): void
  /** How many came from there. */
  of(network: string): number
  oldestOf(network: string): T | undefined
  /** The oldest thing of the network that has most. */
  heaviest(): T | undefined
  readonly size: number
}

/** A network of the second width weighs as much as one of the first with a `wide`th of its things. */
export const openCrowd = <T>(wide: number): Crowd<T> => {
  const widths = [openRanking<T>(), openRanking<T>()] as const
  const [narrow, broad] = widths
  let size = 0
  const each = (networks: readonly string[], act: (ranking: Ranking<T>, network: string) => void) =>
    widths.forEach((ranking, width) => {
      const network = networks[width]
      if (network !== undefined) act(ranking, network)
    })
  const rankingOf = (network: string) => (narrow.of(network) > 0 ? narrow : broad)
  return {
    add: (thing, networks) => {
      size += 1
      each(networks, (ranking, network) => ranking.add(network, thing))
    },
    remove: (thing, networks) => {
      size -= 1
      each(networks, (ranking, network) => ranking.remove(network, thing))
    },
    of: (network) => rankingOf(network).of(network),
    oldestOf: (network) => rankingOf(network).oldestOf(network),
    heaviest: () => (broad.most() / wide > narrow.most() ? broad : narrow).first(),
    get size() {
      return size
    },
  }
}

type Ranking<T> = {
  add(network: string, thing: T): void
  remove(network: string, thing: T): void
  of(network: string): number
  oldestOf(network: string): T | undefined
  /** How many the first network has. */
  most(): number
  /** The oldest thing of a network that has most. */
  first(): T | undefined
}

const openRanking = <T>(): Ranking<T> => {
  // Sets iterate in order of insertion, so the oldest is first.
  const things = new Map<string, Set<T>>()
  /** Networks by how many things they have. Counts move by one, so the highest is never searched for. */
  const byCount: Set<string>[] = [new Set()]
  const oldest = <V>(set: Set<V> | undefined): V | undefined => set?.values().next().value
  const most = () => byCount.length - 1

  const move = (network: string, from: number, to: number) => {
    byCount[from]?.delete(network)
    if (to === byCount.length) byCount.push(new Set())
    if (to > 0) byCount[to]?.add(network)
    while (byCount.length > 1 && byCount.at(-1)?.size === 0) byCount.pop()
  }

  return {
    add: (network, thing) => {
      const own = things.get(network) ?? new Set()
      things.set(network, own.add(thing))
      move(network, own.size - 1, own.size)
    },
    remove: (network, thing) => {
      const own = things.get(network)
      if (!own?.delete(thing)) return
      move(network, own.size + 1, own.size)
      if (own.size === 0) things.delete(network)
    },
    of: (network) => things.get(network)?.size ?? 0,
    oldestOf: (network) => oldest(things.get(network)),
    most,
    first: () => {
      const network = most() > 0 ? oldest(byCount.at(-1)) : undefined
      return network === undefined ? undefined : oldest(things.get(network))
    },
  }
}
