import { mkdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Address } from '../../devices/identity.ts'
import type { Millis } from '../../devices/units.ts'
import { Failure } from '../errors.ts'
import type { Clock, Journal, Log } from '../ports.ts'
import { type Anvil, startAnvil, stateFile } from './anvil-process.ts'
import { type AnvilRpc, anvilRpc } from './anvil-rpc.ts'
import { BlockJournal } from './block-journal.ts'
import { restore } from './restore.ts'
import { RpcFront } from './rpc-front.ts'
import { Sealer } from './sealer.ts'
import { openSubmit } from './submit.ts'

export type SubChainSettings = {
  readonly dataDir: string
  /** Of the public JSON-RPC endpoint; 0 for any free one. */
  readonly port: number
  readonly host: string
  readonly chainId: number
  readonly journal: Journal
  readonly clock: Clock
  /** Accounts that never run out of gas money here. */
  readonly funded: readonly Address[]
  readonly log: Log
}

export type SubChain = {
  /** Where people, wallets and the gateway's own client reach it. */
  readonly url: string
  /** Of the anvil process of the moment, for those who want to see it die. */
  pid(): number | undefined
  stop(): Promise<void>
}

/** A million coins, set again at every start: gas on the embedded sub-chain is not a thing to run out of. */
const FUNDS = 10n ** 24n
/** Restarts of an anvil that keeps dying wait longer, up to this. */
const LONGEST_PAUSE: Millis = 10_000

type Running = { readonly anvil: Anvil; readonly rpc: AnvilRpc; readonly sealer: Sealer }

/** anvil and what makes it a chain that survives being killed: journal, sealer, restart. */
class Supervisor implements SubChain {
  readonly #settings: SubChainSettings
  readonly #dir: string
  readonly #blocks: BlockJournal
  readonly #front = new RpcFront()
  readonly #submit: ReturnType<typeof openSubmit>
  #running: Running | undefined
  #isStopping = false
  #recovery: Promise<void> = Promise.resolve()
  url = ''

  constructor(settings: SubChainSettings, dir: string, blocks: BlockJournal) {
    this.#settings = settings
    this.#dir = dir
    this.#blocks = blocks
    this.#submit = openSubmit({ journal: settings.journal, blocks }, settings.chainId)
  }

  pid(): number | undefined {
    return this.#running?.anvil.pid
  }

  async start(): Promise<void> {
    const { host, port } = this.#settings
    // The port first: nothing is touched when it is taken.
    const taken = await this.#front.listen(port, host)
    const isAnywhere = host === '0.0.0.0' || host === '::'
    this.url = `http://${isAnywhere ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host}:${taken}`
    try {
      await this.#run()
    } catch (error) {
      await this.#front.close()
      throw error
    }
  }

  async stop(): Promise<void> {
    this.#isStopping = true
    await this.#front.close()
    await this.#recovery
    await this.#running?.sealer.stop()
    await this.#running?.anvil.stop()
    await this.#blocks.close()
  }

  async #run(): Promise<void> {
    const { clock, log } = this.#settings
    const { anvil, rpc } = await this.#startRestored()
    const sealer = new Sealer({ rpc, blocks: this.#blocks, clock }, (error) => {
      // anvil either died, which its end tells too, or is wedged: then it has to.
      if (!this.#isStopping) log.warn({ err: error }, 'sub-chain made no block')
      anvil.kill()
    })
    this.#running = { anvil, rpc, sealer }
    this.#front.serve(async (method, params) => {
      if (method === 'eth_sendRawTransaction') return this.#submit({ rpc, sealer }, params[0])
      try {
        return await rpc.ask(method, params)
      } catch (error) {
        // One answer that stays away may be that question's fault; no answer to the simplest one is a wedged anvil.
        rpc.demand('web3_clientVersion').catch(() => anvil.kill())
        throw error
      }
    })
    sealer.poke()
    void anvil.ended.then(() => {
      this.#front.serve(undefined)
      this.#running = undefined
      if (!this.#isStopping) this.#recovery = this.#recover(sealer)
    })
  }

  /** anvil, on its last dump or else from nothing, brought to where it was. */
  async #startRestored(): Promise<{ anvil: Anvil; rpc: AnvilRpc }> {
    const { log } = this.#settings
    try {
      const kept = await this.#startOn()
      if (kept) return kept
      log.warn({}, 'sub-chain dump does not fit the journal: made anew from the journal')
    } catch (error) {
      if (error instanceof Failure) throw error
      log.warn({ err: error }, 'sub-chain dump cannot be read: made anew from the journal')
    }
    await rm(stateFile(this.#dir), { force: true })
    const remade = await this.#startOn()
    if (remade) return remade
    log.error({}, 'sub-chain could not be made again block by block: its transactions come in new blocks')
    await rm(stateFile(this.#dir), { force: true })
    await this.#blocks.restart()
    const anew = await this.#startOn()
    if (anew) return anew
    throw new Failure('CHAIN_UNREACHABLE', 'the embedded sub-chain does not start')
  }

  async #startOn(): Promise<{ anvil: Anvil; rpc: AnvilRpc } | undefined> {
    const { chainId, funded, journal, log } = this.#settings
    const anvil = await startAnvil(this.#dir, chainId)
    const rpc = anvilRpc(anvil.url)
    try {
      for (const account of funded) await rpc.demand('anvil_setBalance', [account, `0x${FUNDS.toString(16)}`])
      if (await restore({ rpc, blocks: this.#blocks, journal, log })) return { anvil, rpc }
    } catch (error) {
      anvil.kill()
      await anvil.ended
      throw error
    }
    anvil.kill()
    await anvil.ended
    return undefined
  }

  async #recover(sealer: Sealer): Promise<void> {
    const { log } = this.#settings
    await sealer.stop()
    log.warn({}, 'sub-chain ended by itself; started again')
    for (let pause = 100; !this.#isStopping; pause = Math.min(2 * pause, LONGEST_PAUSE)) {
      try {
        return await this.#run()
      } catch (error) {
        log.error({ err: error }, 'sub-chain does not start')
        await wait(pause)
      }
    }
  }
}

/** Starts the embedded sub-chain, or goes on with it where it was, whatever was killed. Resolves when it can be used. */
export const startSubChain = async (settings: SubChainSettings): Promise<SubChain> => {
  // Absolute, since anvil runs in a folder of its own.
  const dir = path.resolve(settings.dataDir, 'chain')
  await mkdir(dir, { recursive: true })
  const blocks = await BlockJournal.open(path.join(dir, 'blocks.ndjson'))
  const supervisor = new Supervisor(settings, dir, blocks)
  try {
    await supervisor.start()
  } catch (error) {
    await blocks.close()
    throw error
  }
  return supervisor
}
