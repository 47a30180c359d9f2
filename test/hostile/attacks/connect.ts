import { setTimeout as wait } from 'node:timers/promises'
import { connectFrame } from '../../bench/load/connection.ts'
import { type Attack, crowd, type Tools } from '../attacker/attack.ts'
import { noise, type Stranger, strangers } from '../attacker/keys.ts'
import { closed, openSocket, write } from '../attacker/mqtt.ts'

/*
 * What a socket costs before anybody knows whose it is.
 */

/** Addresses that no other attack has. */
const MANY = 1_024

/** A CONNECT on a socket of its own; then the socket goes, whatever was answered. */
const knock = async (tools: Tools, attacker: number, bytes: Uint8Array): Promise<void> => {
  const socket = await openSocket(tools, attacker)
  socket.once('data', (answer) => tools.count(answer[3] === 0 ? 'let in' : `code ${answer[3]}`))
  await write(socket, bytes)
  await Promise.race([closed(socket), wait(200)])
  socket.destroy()
}

const garbageTokens: Attack = {
  what: 'CONNECTs with tokens of 4 KB of garbage, each on a new socket, from 8 addresses',
  prepare: (tools) => () =>
    crowd(tools, { many: 200, perSecond: 2_000 }, (index, round) => {
      const password = noise(3_000, 'token', index, round % 8)
        .toString('base64url')
        .replaceAll('_', '.')
      const clientId = tools.target.devices[index % tools.target.devices.length] ?? ''
      return knock(tools, index % 8, connectFrame({ clientId, password }))
    }),
}

/** The token's form is right and so are its claims: only the curve can tell. */
const wrongSignatures: Attack = {
  what: 'CONNECTs with tokens whose signature does not hold, each on a new socket, from 8 addresses',
  prepare: (tools) => {
    const logins = strangers(tools, 50).map(({ login }) => {
      const copy = Buffer.from(login)
      const at = copy.length - 20
      copy[at] = copy[at] === 0x41 ? 0x42 : 0x41
      return copy
    })
    return () =>
      crowd(tools, { many: 200, perSecond: 2_000 }, (index) =>
        knock(tools, index % 8, logins[index % logins.length] as Buffer),
      )
  },
}

const validTokens: Attack = {
  what: 'CONNECTs with valid tokens of keys made on the spot, each on a new socket, from 8 addresses',
  prepare: (tools) => {
    const keys = strangers(tools, 100)
    return () =>
      crowd(tools, { many: 200, perSecond: 2_000 }, (index) =>
        knock(tools, index % 8, (keys[index % keys.length] as Stranger).login),
      )
  },
}

const halfOpen: Attack = {
  what: '4,500 sockets of three addresses say nothing; one that is closed comes again',
  prepare: (tools) => () =>
    crowd(tools, { many: 4_500, perSecond: 3_000 }, async (index) => closed(await openSocket(tools, index % 3))),
}

const slowConnect: Attack = {
  what: '2,000 sockets of four addresses write a CONNECT, a byte a second',
  prepare: (tools) => {
    const login = connectFrame({ clientId: tools.target.devices[0] ?? '', password: 'x'.repeat(400) })
    return () =>
      crowd(tools, { many: 2_000, perSecond: 1_000 }, async (index) => {
        const socket = await openSocket(tools, index % 4)
        for (const byte of login) {
          if (socket.destroyed) return
          await write(socket, Buffer.of(byte))
          await wait(1_000)
        }
      })
  },
}

const manyAddresses: Attack = {
  what: '4,500 CONNECTs of made-up IMEIs at a time, each from an address of its own; one that is let in or closed comes again from another',
  prepare: (tools) => {
    let last = 0
    return () =>
      crowd(tools, { many: 4_500, perSecond: 2_000 }, async () => {
        last += 1
        const socket = await openSocket(tools, MANY + last)
        socket.once('data', (answer) => {
          tools.count(answer[3] === 0 ? 'let in' : `code ${answer[3]}`)
          socket.destroy()
        })
        await write(socket, connectFrame({ clientId: `87${String(1_000_000_000_000 + last)}` }))
        await closed(socket)
      })
  },
}

export const accessAttacks = {
  'many-addresses': manyAddresses,
  'garbage-tokens': garbageTokens,
  'wrong-signatures': wrongSignatures,
  'valid-tokens': validTokens,
  'half-open': halfOpen,
  'slow-connect': slowConnect,
}
