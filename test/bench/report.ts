/*
 * What a benchmark says, and how it is shown. Pure.
 */

/** `most` or `least`: what the value may at most be, or must at least be, to be met. */
export type Target = { readonly most: number } | { readonly least: number }

export type Measured = {
  readonly what: string
  readonly value: number
  readonly unit: string
  readonly target?: Target
  /** What a reader needs to judge the number: what ran beside it, what bounded it. */
  readonly note?: string
}

/** No number (`NaN`) meets no target. */
export const isMissed = ({ value, target }: Measured): boolean => {
  if (!target) return false
  return !('most' in target ? value <= target.most : value >= target.least)
}

/** Three digits tell a rate; more would promise what a second run does not keep. Counts and gas stay whole. */
export const inDigits = (value: number): string =>
  (Number.isInteger(value) ? value : Number(value.toPrecision(3))).toLocaleString('en-US', {
    maximumFractionDigits: 3,
  })

const targetOf = ({ target, unit }: Measured): string => {
  if (!target) return '–'
  const limit = 'most' in target ? `≤ ${inDigits(target.most)}` : `≥ ${inDigits(target.least)}`
  return unit ? `${limit} ${unit}` : limit
}

const verdictOf = (line: Measured): string => {
  if (!line.target) return ''
  return isMissed(line) ? 'MISSED' : 'met'
}

const header = ['measure', 'value', 'target', '', 'note']

const cellsOf = (line: Measured): readonly string[] => [
  line.what,
  Number.isNaN(line.value) ? '–' : `${inDigits(line.value)} ${line.unit}`.trim(),
  targetOf(line),
  verdictOf(line),
  line.note ?? '',
]

/** Markdown, padded so that a terminal shows it as a table too. The last column is prose: padding it would wrap every line of a terminal. */
export const tableOf = (heads: readonly string[], cells: readonly (readonly string[])[]): string => {
  const last = heads.length - 1
  const widths = heads.map((head, at) =>
    at === last ? 0 : Math.max(3, head.length, ...cells.map((row) => row[at]?.length ?? 0)),
  )
  const show = (row: readonly string[]): string =>
    `| ${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`
  const rule = `|${widths.map((width) => '-'.repeat(Math.max(3, width) + 2)).join('|')}|`
  return [show(heads), rule, ...cells.map(show)].join('\n')
}

export const table = (lines: readonly Measured[]): string => tableOf(header, lines.map(cellsOf))

/** The value that this share of the sorted values does not exceed (nearest rank). `NaN` for none. */
export const percentile = (sorted: ArrayLike<number>, share: number): number =>
  sorted.length === 0 ? Number.NaN : (sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] as number)

export const median = (values: readonly number[]): number =>
  percentile(
    [...values].sort((a, b) => a - b),
    0.5,
  )
