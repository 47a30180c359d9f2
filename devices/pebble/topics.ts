/** A Pebble's MQTT topics, as its firmware has them. It publishes to the first three. */
export type PebbleTopics = {
  readonly data: string
  readonly query: string
  readonly confirm: string
  readonly status: string
  readonly firmware: string
  readonly config: string
}

export const pebbleTopics = (imei: string): PebbleTopics => ({
  data: `device/${imei}/data`,
  query: `device/${imei}/query`,
  confirm: `device/${imei}/confirm`,
  status: `backend/${imei}/status`,
  firmware: `backend/${imei}/firmware`,
  config: `backend/${imei}/config`,
})

export const isImei = (text: string): boolean => /^[0-9]{15}$/.test(text)
