import type { Address } from '../devices/identity.ts'
import type { Reading } from '../devices/packet.ts'
import { type Check, type Finding, fails, holds, type Said, type Subject } from './check.ts'
import { checkChain, checkDevice, checkHeader, checkLane, checkNetwork } from './check-chain.ts'
import { checkInclusion, checkReadings, checkRecord, checkSignature, openPacket } from './check-packet.ts'
import { PROOF_VERSION, parseProof } from './proof.ts'
import type { ChainReader } from './rpc.ts'

/** One thing that was checked, in words for a person. */
export type Step = Finding & { readonly name: string }

export type VerifyOptions = {
  /** The DeviceRegistry that you know to be the network's. */
  readonly network?: Address | undefined
  /** Readings that were served beside the proof rather than in it: they too must be as signed. */
  readonly served?: readonly Reading[]
  /** And what was said of the packet there: it must be as its record says. */
  readonly said?: Said
}

/**
 * From the device's signature to the chain. The chain's id comes before any question to its contracts, so that a wrong RPC is told as that;
 * the readings come after the signature, because until then the payload is anyone's.
 */
const checks: readonly Check[] = [
  { name: 'signature', run: checkSignature },
  { name: 'chain', run: checkChain },
  { name: 'network', run: checkNetwork },
  { name: 'device', run: checkDevice },
  { name: 'readings', run: checkReadings },
  { name: 'record', run: checkRecord },
  { name: 'inclusion', run: checkInclusion },
  { name: 'settlement', run: checkHeader },
  { name: 'lane', run: checkLane },
]

const runCheck = async ({ name, run }: Check, subject: Subject): Promise<Step> => {
  try {
    return { name, ...(await run(subject)) }
  } catch (error) {
    return { name, ...fails(error instanceof Error ? error.message : String(error)) }
  }
}

/**
 * Checks a proof document step by step and stops at the first that fails; the proof holds if the last step does. Trusts the chain alone,
 * and of it only what `chain` answers. Never rejects: a chain that does not answer is a step that fails.
 */
export const verifyProof = async (
  document: unknown,
  chain: ChainReader,
  options: VerifyOptions = {},
): Promise<readonly Step[]> => {
  const parsed = parseProof(document)
  if (!parsed.ok) {
    const { field, need } = parsed.refusal.facts
    return [{ name: 'document', ...fails(`is no ${PROOF_VERSION}: ${field} must be ${need}`) }]
  }
  const proof = parsed.value
  const steps: Step[] = [{ name: 'document', ...holds(`is a ${PROOF_VERSION}`) }]
  const opened = openPacket(proof)
  if (!opened.ok) return [...steps, { name: 'packet', ...fails(JSON.stringify(opened.refusal)) }]
  steps.push({ name: 'packet', ...holds(`${proof.packet.raw.length} bytes, ${opened.value.format}`) })
  const subject = {
    proof,
    envelope: opened.value,
    chain,
    network: options.network,
    served: options.served ?? [],
    said: options.said ?? {},
  }
  for (const check of checks) {
    const step = await runCheck(check, subject)
    steps.push(step)
    if (!step.ok) break
  }
  return steps
}

export const isProven = (steps: readonly Step[]): boolean => steps.at(-1)?.ok === true
