import type { Earning, Epoch, EpochHead } from '../ports.ts'

/** What an epoch's lines add up to, kept beside it: nobody then has to read ten thousand lines to tell their sum. */
export const headOf = ({ earnings, ...rest }: Epoch): EpochHead => ({
  ...rest,
  terms: earnings.length,
  earners: earnings.filter(({ amount }) => amount > 0n).length,
  earned: earnings.reduce((sum, { amount }) => sum + amount, 0n),
})

/** Whether an epoch added something to the term. A line without is the one before it again. */
export const isNews = ({ records, score, amount }: Earning): boolean => records > 0n || score > 0n || amount > 0n
