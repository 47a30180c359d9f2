import path from 'node:path'
import { type Gateway, startGateway } from './assembly/start.ts'
import { type Config, help, readConfig } from './config.ts'
import { Failure } from './errors.ts'

/*
 * `npm start`: settings, start, Ctrl-C.
 */

const write = (text: string): void => void process.stdout.write(text)

/** One line: code, facts, fix. What has no code is a defect of ours, and its stack helps to mend it. */
const fail = (error: unknown): void => {
  const isTold = error instanceof Failure && error.code !== 'INTERNAL'
  process.stderr.write(`cairn: ${isTold ? error.message : (error as Error).stack}\n`)
  process.exitCode = 1
}

const welcome = (gateway: Gateway, { demo, keysDir, role }: Config): string =>
  role === 'chain'
    ? `\n  sub-chain ${gateway.rpcUrl}\n\n`
    : [
        '',
        `  Cairn runs: ${gateway.url}    API ${gateway.url}/docs`,
        `  devices     ${gateway.mqttUrl}`,
        `  sub-chain   ${gateway.rpcUrl}`,
        ...(demo ? [`  owner token ${path.join(keysDir, 'demo-owner.token')}`] : []),
        '  Ctrl-C ends all of it; the next start goes on from here.',
        '',
        '',
      ].join('\n')

/**
 * Resolves at the first Ctrl-C, SIGTERM, closed terminal (SIGHUP), or death of the process that started us with a channel. A second one does
 * not hurry it, since everything here ends in bounded time.
 */
const asked = (): Promise<void> =>
  new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve())
    process.once('disconnect', () => resolve())
    if (process.connected === false) resolve()
    process.channel?.unref()
    // A terminal that was closed takes no more words; that is no reason to end without order.
    for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
  })

const run = async (config: Config): Promise<void> => {
  const ending = asked()
  write('cairn: starting\n')
  const gateway = await startGateway(config, write)
  write(welcome(gateway, config))
  await ending
  write('\ncairn: ending\n')
  await gateway.stop()
  write('cairn: ended\n')
}

try {
  const config = readConfig(process.argv.slice(2))
  if (config) await run(config)
  else write(`${help()}\n`)
} catch (error) {
  fail(error)
}
