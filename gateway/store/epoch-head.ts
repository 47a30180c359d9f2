import type { Epoch, EpochHead } from '../ports.ts'

/** What an epoch's lines add up to, kept beside it: nobody then has to read ten thousand lines to tell their sum. */
export const headOf = ({ earnings, runRoots: _, ...rest }: Epoch): EpochHead => ({
  ...rest,
  terms: earnings.length,
  earners: earnings.filter(({ amount }) => amount > 0n).length,
  earned: earnings.reduce((sum, { amount }) => sum + amount, 0n),
})
