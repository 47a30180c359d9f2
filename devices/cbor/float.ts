/** IEEE 754 binary16 of 2 bytes, binary32 of 4, binary64 of 8. */
type FloatBytes = Uint8Array

/** dCBOR: an integral value in this range is encoded as an integer. */
const LEAST_INTEGER = -(2 ** 63)
const PAST_INTEGERS = 2 ** 64

/** RFC 8949 §4.2.2: the one NaN. */
const CANONICAL_NAN = 0x7e00

/** Why a float is not the shortest and only encoding of its value; undefined when it is. */
export const floatFault = (float: FloatBytes): string | undefined => {
  const view = new DataView(float.buffer, float.byteOffset, float.byteLength)
  const value = readFloat(view)
  if (Number.isNaN(value)) {
    return float.length === 2 && view.getUint16(0) === CANONICAL_NAN ? undefined : 'NaN other than the canonical one'
  }
  if (isIntegerValue(value)) return 'integer encoded as a float'
  return float.length === floatBytes(value) ? undefined : 'longer than needed'
}

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

const readFloat = (view: DataView): number => {
  switch (view.byteLength) {
    case 2:
      return readHalf(view.getUint16(0))
    case 4:
      return view.getFloat32(0)
    default:
      return view.getFloat64(0)
  }
}

const readHalf = (bits: number): number => {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 0x1f
  const fraction = bits & 0x3ff
  if (exponent === 0x1f) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1_024 + fraction) * 2 ** (exponent - 25)
}
