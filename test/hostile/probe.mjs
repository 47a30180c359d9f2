/*
 * Loaded into the gateway's process by `--import`: writes how late its event loop was and what it holds, twice a second. HTTP cannot be
 * asked for it, since HTTP is what some attacks are on. CAIRN_PROBE names the file, one JSON line each.
 */
import { appendFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { isMainThread } from 'node:worker_threads'

const EVERY_MS = 500
/** The histogram measures how far apart its own timer fires; this much of it is the timer. */
const RESOLUTION_MS = 10

const file = process.env.CAIRN_PROBE
if (isMainThread && file) {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  delay.enable()
  setInterval(() => {
    const lag = Math.max(0, delay.max / 1e6 - RESOLUTION_MS)
    delay.reset()
    appendFileSync(file, `${JSON.stringify({ at: Date.now(), lag, rss: process.memoryUsage.rss() / 2 ** 20 })}\n`)
  }, EVERY_MS).unref()
}
