import { openNative } from '../../devices/cose.ts'
import type { Millis } from '../../devices/units.ts'
import type { Outcome, Path } from '../ports.ts'

/** Whom refusals are filed under when the bytes do not even say whom they claim to be from. */
const NOBODY = 'unknown'

/** Only the digest depends on the network, and nobody looks at it here. */
const ANY_NETWORK = new Uint8Array(32)

/**
 * One native packet that came without a session, such as by `POST /v1/packets`: its kid says whom it is from, and its signature is the
 * proof. Resolves once the outcome is durable; rejects when nothing may be acknowledged.
 */
export const submitPacket = (path: Path, raw: Uint8Array, receivedAt: Millis): Promise<Outcome> => {
  const opened = openNative(raw, ANY_NETWORK)
  const source = opened.ok ? opened.value.device : NOBODY
  return path.submit({ source, isProven: false, framing: 'native', raw, receivedAt })
}
