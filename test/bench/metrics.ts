/** What a gateway's /metrics says now: each sample by its name with labels, such as `packets_refused_total{code="MALFORMED"}`. */
export const readMetrics = async (url: string): Promise<ReadonlyMap<string, number>> => {
  const response = await fetch(`${url}/metrics`)
  if (!response.ok) throw new Error(`GET /metrics answered ${response.status}`)
  const samples = (await response.text()).split('\n').filter((line) => line && !line.startsWith('#'))
  return new Map(
    samples.map((line): [string, number] => [
      line.slice(0, line.lastIndexOf(' ')),
      Number(line.slice(line.lastIndexOf(' ') + 1)),
    ]),
  )
}

/** A metric over all its labels. */
export const sumOf = async (url: string, name: string): Promise<number> =>
  [...(await readMetrics(url))]
    .filter(([sample]) => sample === name || sample.startsWith(`${name}{`))
    .reduce((sum, [, value]) => sum + value, 0)
