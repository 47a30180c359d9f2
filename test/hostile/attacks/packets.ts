import { type Attack, crowd, type Tools } from '../attacker/attack.ts'
import { ask } from '../attacker/http.ts'
import { noise, type Stranger, spoiled, strangers } from '../attacker/keys.ts'

/*
 * Packets by HTTP: nobody proves whose they are.
 */

const send = (tools: Tools, attacker: number, raw: Uint8Array): Promise<number> =>
  ask(tools, {
    url: `${tools.target.url}/v1/packets`,
    method: 'POST',
    headers: { 'content-type': 'application/cbor' },
    body: raw,
    attacker,
  })

const HTTP = { many: 64, perSecond: 3_000 }
const ADDRESSES = 16

const replays: Attack = {
  what: 'packets that honest devices have sent come again by HTTP, from 16 addresses',
  prepare: (tools) => {
    const packets = tools.target.captured.trackers.map((raw) => Buffer.from(raw, 'hex'))
    return () =>
      crowd(tools, HTTP, (index, round) =>
        send(tools, index % ADDRESSES, packets[(index + round) % packets.length] ?? Buffer.alloc(0)),
      )
  },
}

const forged: Attack = {
  what: 'packets in honest devices’ names whose signature does not hold, by HTTP, from 16 addresses',
  prepare: (tools) => {
    const packets = tools.target.captured.trackers.map((raw) => spoiled(Buffer.from(raw, 'hex')))
    return () =>
      crowd(tools, HTTP, (index, round) => {
        const packet = Buffer.from(packets[(index + round) % packets.length] ?? Buffer.alloc(80))
        // Another digest each time: the payload lies before the 64 bytes of the signature.
        packet.writeUInt32BE((index << 24) + round, packet.length - 80)
        return send(tools, index % ADDRESSES, packet)
      })
  },
}

const unreadable: Attack = {
  what: 'what is no packet, 8 KB each and never the same, by HTTP, from 16 addresses',
  prepare: (tools) => () =>
    crowd(tools, HTTP, (index, round) => send(tools, index % ADDRESSES, noise(8_000, 'http', index, round))),
}

const unknown: Attack = {
  what: 'validly signed packets of 500 keys made on the spot, by HTTP, from 16 addresses',
  prepare: (tools) => {
    const keys = strangers(tools, 500)
    return () =>
      crowd(tools, HTTP, (index, round) => {
        const { seal } = keys[(index + round * HTTP.many) % keys.length] as Stranger
        return send(tools, index % ADDRESSES, seal(BigInt(round + 1)))
      })
  },
}

export const packetAttacks = { replays, forged, unreadable, unknown }
