import { create, fromBinary, isFieldSet, toBinary } from '@bufbuild/protobuf'
import { MAX_MEASUREMENTS } from '../limits.ts'
import type { Measurement, Result, Unreadable } from '../packet.ts'
import { SensorConfigSchema, type SensorData, SensorDataSchema, SensorStateSchema } from './generated/pebble_pb.ts'
import { checkMessage, type MessageShape } from './wire.ts'

/** `zigzag` is Riverrock. Gravel writes the temperature as a plain uint32 into the same field. */
export type TemperatureBuild = 'zigzag' | 'uint32'

type ScalarField = 'snr' | 'vbat' | 'gasResistance' | 'temperature' | 'pressure' | 'humidity' | 'light' | 'temperature2'

/** The firmware sends hundredths of each unit. */
const scalars: readonly { readonly field: ScalarField; readonly name: string; readonly unit: string }[] = [
  { field: 'temperature', name: 'temperature', unit: 'Cel' },
  { field: 'humidity', name: 'humidity', unit: '%RH' },
  { field: 'pressure', name: 'pressure', unit: 'hPa' },
  { field: 'gasResistance', name: 'gas', unit: 'Ohm' },
  { field: 'light', name: 'light', unit: 'lx' },
  { field: 'temperature2', name: 'temperature2', unit: 'Cel' },
  { field: 'vbat', name: 'battery', unit: 'V' },
  { field: 'snr', name: 'snr', unit: 'dB' },
]

const axes = ['x', 'y', 'z']
const motions = ['gyroscope', 'accelerometer'] as const

/** In both coordinates: the receiver has no fix. */
const NO_FIX = 2_000_000_000
const PER_DEGREE = 10_000_000

const sensorData: MessageShape = {
  rule: 'open',
  fields: new Map([
    ...[1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((field) => [field, 'uint32'] as const),
    [11, 'array'],
    [12, 'array'],
    [13, 'bytes'],
  ]),
  mayBeEmpty: true,
}

const sensorConfig: MessageShape = {
  rule: 'open',
  fields: new Map([...[1, 2, 3, 4, 5, 6, 8].map((field) => [field, 'uint32'] as const), [7, 'text']]),
}

const sensorState: MessageShape = { rule: 'open', fields: new Map([[1, 'uint32']]) }

/** Why a SensorConfig or SensorState is none. Neither holds measurements; what a newer firmware adds is passed over. */
export const messageFault = (kind: 'config' | 'state', message: Uint8Array): Unreadable | undefined =>
  checkMessage(message, kind === 'config' ? sensorConfig : sensorState)

/**
 * A SensorData message's measurements. Without a fix there is no `lat` and `lon`, and `fix` is false. Accelerometer and gyroscope stay raw
 * counts; `random`, the packet's salt, is no measurement. Both temperature builds, packed and unpacked arrays.
 */
export const decodeSensor = (message: Uint8Array): Result<readonly Measurement[]> => {
  const refusal = checkMessage(message, sensorData)
  if (refusal) return { ok: false, refusal }
  const data = fromBinary(SensorDataSchema, message, { readUnknownFields: false })
  const measurements = [...positionOf(data), ...scalarsOf(data), ...motions.flatMap((name) => motionOf(data, name))]
  return measurements.length > MAX_MEASUREMENTS
    ? {
        ok: false,
        refusal: { code: 'TOO_LARGE', facts: { measurements: measurements.length, limit: MAX_MEASUREMENTS } },
      }
    : { ok: true, value: measurements }
}

const positionOf = (data: SensorData): readonly Measurement[] => {
  if (!isSet(data, 'latitude') || !isSet(data, 'longitude')) return []
  if (data.latitude === NO_FIX && data.longitude === NO_FIX) return [{ name: 'fix', unit: '', value: false }]
  return [
    { name: 'fix', unit: '', value: true },
    { name: 'lat', unit: 'lat', value: data.latitude / PER_DEGREE },
    { name: 'lon', unit: 'lon', value: data.longitude / PER_DEGREE },
  ]
}

const scalarsOf = (data: SensorData): readonly Measurement[] =>
  scalars
    .filter(({ field }) => isSet(data, field))
    .map(({ field, name, unit }) => ({ name, unit, value: hundredthsOf(data, field) / 100 }))

const hundredthsOf = (data: SensorData, field: ScalarField): number => {
  switch (field) {
    case 'temperature':
      return temperatureOf(data)
    case 'temperature2':
      // A negative number cast to uint32 by the firmware.
      return data.temperature2 | 0
    default:
      return data[field]
  }
}

/**
 * Both builds write one sensor's value twice: field 6 as the build has it, field 10 as uint32. So field 6 is read the way that brings it
 * nearer to field 10; zig-zag, as the .proto says, where both are as near or field 10 is absent.
 */
const temperatureOf = (data: SensorData): number => {
  const plain = zigzag(data.temperature)
  if (!isSet(data, 'temperature2')) return data.temperature
  const second = data.temperature2 | 0
  return Math.abs((plain | 0) - second) < Math.abs(data.temperature - second) ? plain | 0 : data.temperature
}

/** The varint that stands for a sint32, and back. */
const zigzag = (value: number): number => ((value << 1) ^ (value >> 31)) >>> 0
const unzigzag = (varint: number): number => (varint >>> 1) ^ -(varint & 1)

const motionOf = (data: SensorData, name: (typeof motions)[number]): readonly Measurement[] =>
  data[name].map((value, index) => ({ name: `${name}/${axes[index] ?? index}`, unit: 'count', value }))

const isSet = (data: SensorData, field: keyof (typeof SensorDataSchema)['field']): boolean =>
  isFieldSet(data, SensorDataSchema.field[field])

// --------------------------------------------------------------------------------------------------------------------- encode

/** What a Pebble's firmware makes of measurements; names that it does not send are left out. No `lat` or `lon` means no fix. */
export const encodeSensor = (
  measurements: readonly Measurement[],
  { temperature, random }: { readonly temperature: TemperatureBuild; readonly random: string },
): Uint8Array => {
  const values = new Map(measurements.map(({ name, value }) => [name, Number(value)]))
  const data = create(SensorDataSchema, { ...coordinates(values), random })
  for (const { field, name } of scalars) {
    const value = values.get(name)
    if (value !== undefined) data[field] = wireValue(field, Math.round(value * 100), temperature)
  }
  for (const motion of motions) {
    data[motion] = axes.flatMap((axis) => values.get(`${motion}/${axis}`) ?? [])
  }
  return toBinary(SensorDataSchema, data)
}

const coordinates = (values: ReadonlyMap<string, number>): { latitude: number; longitude: number } => {
  const lat = values.get('lat')
  const lon = values.get('lon')
  if (lat === undefined || lon === undefined) return { latitude: NO_FIX, longitude: NO_FIX }
  return { latitude: Math.round(lat * PER_DEGREE), longitude: Math.round(lon * PER_DEGREE) }
}

const wireValue = (field: ScalarField, hundredths: number, build: TemperatureBuild): number => {
  // The generated writer zig-zags field 6, so a uint32 build's varint is undone first.
  if (field === 'temperature') return build === 'zigzag' ? hundredths : unzigzag(hundredths >>> 0)
  return hundredths >>> 0
}

/** What a Pebble sends once after it was confirmed. */
export const encodeConfig = (config: {
  readonly dataChannel: number
  /** Seconds. */
  readonly uploadPeriod: number
  readonly firmware: string
}): Uint8Array =>
  toBinary(
    SensorConfigSchema,
    create(SensorConfigSchema, {
      bulkUpload: 0,
      bulkUploadSamplingCnt: 60,
      bulkUploadSamplingFreq: 10,
      beep: 1_000,
      deviceConfigurable: true,
      ...config,
    }),
  )

export const encodeState = (state: number): Uint8Array =>
  toBinary(SensorStateSchema, create(SensorStateSchema, { state }))
