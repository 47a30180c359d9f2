import type { Curve } from '../../devices/identity.ts'

/** Half of each curve's order, rounded down, as 32 bytes: the largest s that `low-s` takes (SEC 2 §2.4.1, §2.4.2). */
const halves: Readonly<Record<Curve, Buffer>> = {
  secp256k1: Buffer.from('7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0', 'hex'),
  p256: Buffer.from('7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8', 'hex'),
}

/** Whether s of r ‖ s is the larger of the two that verify alike. */
export const isHighS = (curve: Curve, signature: Uint8Array): boolean => halves[curve].compare(signature, 32, 64) < 0
