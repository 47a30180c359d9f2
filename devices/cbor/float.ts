/** dCBOR: an integral value in this range is encoded as an integer. */
const LEAST_INTEGER = -(2 ** 63)
const PAST_INTEGERS = 2 ** 64

/** Bytes of the shortest IEEE 754 binary format that holds the value exactly: 2, 4 or 8. */
export const floatBytes = (value: number): 2 | 4 | 8 => {
  if (isHalf(value)) return 2
  return Math.fround(value) === value ? 4 : 8
}

/** Whether dCBOR encodes the number as an integer; −0 becomes 0. */
export const isIntegerValue = (value: number): boolean =>
  Number.isInteger(value) && value >= LEAST_INTEGER && value < PAST_INTEGERS

const LEAST_NORMAL_HALF = 2 ** -14
const GREATEST_HALF = 65_504

const isHalf = (value: number): boolean => {
  if (!Number.isFinite(value)) return true
  const magnitude = Math.abs(value)
  if (magnitude > GREATEST_HALF || Math.fround(value) !== value) return false
  // Subnormal halves are the multiples of 2^-24; normal ones have 13 fraction bits less than a single.
  return magnitude < LEAST_NORMAL_HALF ? Number.isInteger(magnitude * 2 ** 24) : (singleBits(value) & 0x1fff) === 0
}

const singleBits = (value: number): number => {
  const view = new DataView(new ArrayBuffer(4))
  view.setFloat32(0, value)
  return view.getUint32(0)
}
