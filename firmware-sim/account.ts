import { type FaultName, faults } from './faults.ts'

/** What the fleet did, as the devices saw it. */
export type Counts = {
  /** Publishes that left, copies and resends among them. */
  published: number
  /** Packets that the gateway acknowledged (QoS 1); each once. */
  acknowledged: number
  /** Packets made and not acknowledged yet (QoS 1). */
  waiting: number
  /** Packets that a full backlog pushed out. */
  dropped: number
  connects: number
  disconnects: number
  /** Devices that may send. */
  paired: number
  readonly faults: Record<FaultName, number>
}

export const emptyCounts = (): Counts => ({
  published: 0,
  acknowledged: 0,
  waiting: 0,
  dropped: 0,
  connects: 0,
  disconnects: 0,
  paired: 0,
  faults: Object.fromEntries(Object.keys(faults).map((name) => [name, 0])) as Record<FaultName, number>,
})

/** One line for the terminal; what never happened is left out. */
export const accountLine = (counts: Counts, devices: number): string =>
  [
    `${counts.paired}/${devices} paired`,
    `${counts.published} published`,
    `${counts.acknowledged} acknowledged`,
    ...(['waiting', 'dropped', 'disconnects'] as const)
      .filter((name) => counts[name] > 0)
      .map((name) => `${counts[name]} ${name}`),
    ...Object.entries(counts.faults)
      .filter(([, count]) => count > 0)
      .map(([name, count]) => `${name} ${count}`),
  ].join(' · ')
