import { openNative } from '../devices/cose.ts'
import { networkId } from '../devices/network.ts'
import { curveOf, type Envelope, type Reading, type Result } from '../devices/packet.ts'
import { openPebble } from '../devices/pebble/packet.ts'
import { readingsOf } from '../devices/readings.ts'
import { isProvable, verifySignature } from '../devices/signature.ts'
import { type Finding, fails, holds, isSame, type Subject } from './check.ts'
import { leafHash, verifyInclusion } from './log/merkle.ts'
import { encodeRecord } from './log/record.ts'
import type { Proof } from './proof.ts'

/*
 * What the signed bytes and the log say. Nothing here asks the chain.
 */

export const openPacket = ({ network, packet, device }: Proof): Result<Envelope> =>
  packet.framing === 'native'
    ? openNative(packet.raw, networkId(network.chainId, network.registry))
    : openPebble(packet.raw, device.address)

export const checkSignature = ({ proof, envelope }: Subject): Finding => {
  const { address, curve, publicKey } = proof.device
  const { format, digest, signature } = envelope
  if (envelope.device !== address) return fails(`the packet names ${envelope.device}, the proof ${address}`)
  if (curveOf[format] !== curve) return fails(`a ${format} packet is signed on ${curveOf[format]}, not on ${curve}`)
  // The envelope has the smaller s, as the log and every contract do; the packet's bytes may have the larger one.
  if (!isProvable(signature)) return fails('r of the signature is below 2^129: no gateway may accept it')
  if (!verifySignature({ curve, publicKey }, digest, signature, 'low-s'))
    return fails('the signature does not hold for the device’s key: other bytes, another key, or another network')
  return holds(
    format === 'pebble'
      ? `holds on ${curve} over the bytes received; a Pebble’s signature names no network`
      : `holds on ${curve} over the bytes received, chain ${proof.network.chainId} and registry ${proof.network.registry}`,
  )
}

const textOf = ({ at, measurements }: Reading): string => {
  const values = measurements.map(({ name, unit, value }) => `${name} ${value}${unit ? ` ${unit}` : ''}`)
  return `${new Date(at).toISOString()} ${values.join(', ')}`
}

const isSameReading = (a: Reading, b: Reading): boolean =>
  a.at === b.at &&
  a.clock === b.clock &&
  a.measurements.length === b.measurements.length &&
  a.measurements.every(({ name, unit, value }, at) => {
    const other = b.measurements[at]
    return other?.name === name && other.unit === unit && other.value === value
  })

export const checkReadings = ({ proof, envelope, served }: Subject): Finding => {
  const signed = readingsOf(envelope, proof.record.acceptedAt)
  if (!signed.ok) return fails(`the signed payload holds no readings: ${JSON.stringify(signed.refusal.facts)}`)
  const given = [...(proof.readings ?? []), ...served]
  const stranger = given.find((reading) => !signed.value.some((other) => isSameReading(reading, other)))
  if (stranger) return fails(`served, but not signed: ${textOf(stranger)}`)
  const first = signed.value[0]
  const said = first ? `, the first: ${textOf(first)}` : ''
  return holds(`${signed.value.length} signed${said}; ${given.length} served beside the proof, each as signed`)
}

const said = ['device', 'grade', 'sequence', 'acceptedAt', 'quality'] as const

export const checkRecord = ({ proof, envelope, said: given }: Subject): Finding => {
  const { record } = proof
  // Address and grade were held against the signature and the chain before.
  const proven = { ...record, device: proof.device.address, grade: proof.device.grade }
  // As text: REST gives wide integers as text, and a number says no more.
  const other = said.find((name) => given[name] !== undefined && String(given[name]) !== String(proven[name]))
  if (other) return fails(`served with ${other} ${String(given[other])}, the proof says ${proven[other]}`)
  if (record.device !== envelope.device) return fails(`the record is of ${record.device}`)
  if (record.format !== envelope.format) return fails(`the record says ${record.format}`)
  if (record.sequence !== envelope.sequence)
    return fails(`the record has sequence ${record.sequence}, the packet ${envelope.sequence}`)
  if (!isSame(record.digest, envelope.digest)) return fails('the record has the digest of another packet')
  const signed = readingsOf(envelope, record.acceptedAt)
  if (!signed.ok || signed.value.length !== record.readings)
    return fails(`the record counts ${record.readings} readings`)
  const accepted = new Date(record.acceptedAt).toISOString()
  return holds(
    `is of this packet, sequence ${record.sequence}; on the gateway’s word alone: accepted ${accepted}, quality ${record.quality / 100} %`,
  )
}

export const checkInclusion = ({ proof }: Subject): Finding => {
  const { header, index, inclusion, record } = proof
  const leaf = leafHash(encodeRecord(record))
  return verifyInclusion({ leafHash: leaf, index, size: header.size, proof: inclusion, root: header.root })
    ? holds(`the record stands at ${index} of the ${header.size} of lane ${header.lane}, by ${inclusion.length} hashes`)
    : fails(`the record does not stand at ${index} under the header’s root`)
}
