import { existsSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Address } from '../../devices/identity.ts'
import type { Millis } from '../../devices/units.ts'
import { Failure } from '../errors.ts'
import type { Clock, Journal, Log } from '../ports.ts'
import { type Anvil, startAnvil, stateFile } from './anvil-process.ts'
import { type AnvilRpc, anvilRpc, type RpcAnswer } from './anvil-rpc.ts'
import { BlockJournal } from './block-journal.ts'
import { restore } from './restore.ts'
import { type Ask, RpcFront } from './rpc-front.ts'
import { Sealer } from './sealer.ts'
import { openSubmit } from './submit.ts'
import { Tampered, type Tip } from './tip.ts'
import { openWaiting, type Waiting } from './waiting.ts'

export type SubChainSettings = {
  readonly dataDir: string
  /** Of the public JSON-RPC endpoint; 0 for any free one. */
  readonly port: number
  readonly host: string
  /** Names besides IP addresses and `localhost` that it may be asked by. */
  readonly hosts?: readonly string[]
  readonly chainId: number
  readonly journal: Journal
  readonly clock: Clock
  /** The gateway's own account: its transactions wait for no stranger's. */
  readonly operator: Address
  /** Accounts that have gas money from the beginning. */
  readonly funded: readonly Address[]
  readonly log: Log
  /** An anvil that answers nothing for so long, while we are awake, is killed. */
  readonly answerWithin?: Millis
  /** How often it is looked whether somebody else changed the chain; 5 s. */
  readonly lookEvery?: Millis
}

export type SubChain = {
  /** Where people and wallets reach it. */
  readonly url: string
  /** The same for the gateway itself (EIP-1193): it shares no limit with strangers, and takes what they cannot take from it. */
  readonly provider: { request(call: { method: string; params?: unknown }): Promise<unknown> }
  /** Of the anvil process of the moment, for those who want to see it die. */
  pid(): number | undefined
  stop(): Promise<void>
}

/** Restarts of an anvil that keeps dying wait longer, up to this. */
const LONGEST_PAUSE: Millis = 10_000
const LOOK_EVERY: Millis = 5_000

type Running = { readonly anvil: Anvil; readonly rpc: AnvilRpc; readonly sealer: Sealer; readonly ask: Ask<RpcAnswer> }
type Restored = { readonly anvil: Anvil; readonly rpc: AnvilRpc; readonly waiting: Waiting; readonly tip: Tip }

/** anvil and what makes it a chain that survives being killed: journal, sealer, restart. */
class Supervisor implements SubChain {
  readonly #settings: SubChainSettings
  readonly #dir: string
  readonly #blocks: BlockJournal
  readonly #front: RpcFront
  readonly #submit: ReturnType<typeof openSubmit>
  #running: Running | undefined
  #isStopping = false
  /** What anvil holds, and what it may have dumped meanwhile, is not to be gone on from. */
  #isTampered = false
  #tamperings = 0
  #recovery: Promise<void> = Promise.resolve()
  url = ''

  constructor(settings: SubChainSettings, dir: string, blocks: BlockJournal) {
    this.#settings = settings
    this.#dir = dir
    this.#blocks = blocks
    this.#submit = openSubmit({ ...settings, blocks })
    const { clock, hosts = [] } = settings
    this.#front = new RpcFront({ clock, hosts, head: () => blocks.blocks.length })
  }

  readonly provider: SubChain['provider'] = {
    request: async ({ method, params }) => {
      const { ask } = this.#running ?? {}
      if (!ask) throw new Error('the sub-chain is starting')
      const answer = await ask(method, Array.isArray(params) ? params : [], [])
      if ('error' in answer) throw Object.assign(new Error(answer.error.message), answer.error)
      return answer.result
    },
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
    const { clock, lookEvery = LOOK_EVERY } = this.#settings
    const { anvil, rpc, tip, waiting } = await this.#startRestored()
    const ports = { rpc, blocks: this.#blocks, clock, waiting, lookEvery }
    const sealer = new Sealer(ports, tip, (error) => this.#onFailure(anvil, error))
    const looked = async <T>(work: Promise<T>): Promise<T> => {
      try {
        return await work
      } catch (error) {
        // One answer that stays away may be that question's fault; no answer to the simplest one is a wedged anvil.
        rpc.demand('web3_clientVersion').catch(() => anvil.kill())
        throw error
      }
    }
    const askWith =
      <T>(pass: (method: string, params: readonly unknown[]) => Promise<T>): Ask<T | RpcAnswer> =>
      (method, params, from) =>
        looked<T | RpcAnswer>(
          method === 'eth_sendRawTransaction'
            ? this.#submit({ rpc, sealer, waiting }, params[0], from)
            : pass(method, params),
        )
    const ask = askWith(rpc.ask)
    this.#running = { anvil, rpc, sealer, ask }
    this.#front.serve(askWith(rpc.askRaw))
    sealer.poke()
    void anvil.ended.then(() => {
      this.#front.serve(undefined)
      this.#running = undefined
      if (!this.#isStopping) this.#recovery = this.#recover(sealer)
    })
  }

  #onFailure(anvil: Anvil, error: unknown): void {
    const { log } = this.#settings
    if (error instanceof Tampered) {
      this.#isTampered = true
      this.#tamperings++
      log.error({ code: 'SUBCHAIN_TAMPERED', what: error.message }, 'sub-chain was changed by somebody else')
      // anvil either died, which its end tells too, or is wedged: then it has to.
    } else if (!this.#isStopping) log.warn({ err: error }, 'sub-chain made no block')
    anvil.kill()
  }

  /** anvil, on its last dump or else from nothing, brought to where it was. */
  async #startRestored(): Promise<Restored> {
    const { log } = this.#settings
    if (this.#isTampered) await rm(stateFile(this.#dir), { force: true })
    this.#isTampered = false
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

  async #startOn(): Promise<Restored | undefined> {
    const { answerWithin, chainId, operator } = this.#settings
    const isFresh = !existsSync(stateFile(this.#dir))
    const anvil = await startAnvil(this.#dir, chainId)
    const rpc = anvilRpc(anvil.url, answerWithin)
    const waiting = openWaiting(operator)
    try {
      const tip = await restore({ ...this.#settings, isFresh, rpc, blocks: this.#blocks, waiting })
      if (tip) return { anvil, rpc, waiting, tip }
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
    // Who does it again and again shall not keep this machine busy with making the chain again.
    if (this.#isTampered) await wait(Math.min(50 * 2 ** this.#tamperings, LONGEST_PAUSE))
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
