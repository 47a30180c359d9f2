import type { Client } from 'aedes'

/** The Pebble's firmware compares topics without their end: the byte behind is the packet id's high byte, which must be 0. */
const HIGHEST = 255

/**
 * Keeps the ids of QoS 1 messages to this client within 1 to 255. aedes counts them in a private field that starts at a random number up
 * to 65,535; `pebble.contract.test.ts` holds that this still reaches the wire.
 */
export const keepPacketIdsLow = (client: Client): void => {
  let next = 1
  Object.defineProperty(client, '_nextId', {
    get: () => next,
    set: (id: number) => {
      next = id > HIGHEST ? 1 : id
    },
  })
}
