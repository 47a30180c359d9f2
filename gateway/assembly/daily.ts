import { seconds } from '../../devices/units.ts'
import { dayOf, openDailyBytes } from '../limits/daily-bytes.ts'
import { every } from '../loop.ts'
import type { Daily, DayUse, Incoming, Known, Outcome, Verdict } from '../ports.ts'
import type { Store } from '../store/store.ts'
import { clock, type Ground } from './ground.ts'

/** A gateway that is killed forgets what was counted since. */
const KEEP_EVERY = seconds(10)

export type DailyUse = Daily & {
  /** Watches the path. */
  readonly observe: (outcome: Outcome, incoming: Incoming, verdict: Verdict) => void
}

/** How much each owner's devices have had stored today: counted here, kept in the store now and then, found there at start. */
export const openDailyUse = async ({ config, log, ending }: Ground, store: Store, known: Known): Promise<DailyUse> => {
  const daily = openDailyBytes(config.ingress.ownerBytesPerDay)
  daily.learn(await store.usage.of(dayOf(clock.now())))
  /** Taken, and not kept yet: a database that is away loses nothing. */
  let unkept: readonly DayUse[] = []
  const keep = async () => {
    unkept = [...unkept, ...daily.take()]
    daily.learn(await store.usage.add(unkept))
    unkept = []
    return false
  }
  const loop = every(KEEP_EVERY, keep, (error) => log.warn({ err: error, loop: 'usage' }, 'will be tried again'))
  ending.add('usage', async () => {
    await loop.stop()
    await keep()
  })
  const ownerOf = (device: Parameters<Known['byAddress']>[0]) => known.byAddress(device)?.owner
  return {
    waitOf: (device) => {
      const owner = ownerOf(device)
      return owner && daily.waitOf(owner, clock.now())
    },
    observe: (outcome, { raw }, verdict) => {
      // Only what was accepted: nobody uses up an owner's bytes by naming a device.
      const owner = outcome === 'ACCEPTED' && verdict.status === 'accepted' && ownerOf(verdict.envelope.device)
      if (owner) daily.count(owner, raw.length, clock.now())
    },
  }
}
