import { pebbleTopics } from '../../devices/pebble/topics.ts'
import { deviceTopics } from '../../devices/topics.ts'
import type { Session } from './session.ts'

/** What a publication is for. */
export type Purpose = 'packet' | 'query' | 'confirm'

/**
 * What this session's publication to that topic is; undefined = not allowed. Topics are compared whole with the session's own literal
 * ones: no pattern, no prefix, so nothing hostile in a topic has a meaning.
 */
export const purposeOf = (session: Session, topic: string): Purpose | undefined => {
  if (session.kind === 'native') return topic === deviceTopics(session.id).telemetry ? 'packet' : undefined
  const topics = pebbleTopics(session.id)
  switch (topic) {
    case topics.data:
      return 'packet'
    case topics.query:
      return 'query'
    case topics.confirm:
      return 'confirm'
    default:
      return undefined
  }
}

/** Whether the session may subscribe to that filter, and so be sent what is published there. */
export const mayReceive = (session: Session, filter: string): boolean => {
  if (session.kind === 'native') {
    const { receipts, config, commands } = deviceTopics(session.id)
    return [receipts, config, commands].includes(filter)
  }
  const { status, firmware, config } = pebbleTopics(session.id)
  return [status, firmware, config].includes(filter)
}
