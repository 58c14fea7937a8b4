/** A sensor of a simulated BMC. Values and limits are raw: what is read is raw * multiplier * 10 ** exponent. */
export interface SensorSpec {
  readonly number: number
  readonly name: string
  /** Sensor type code, table 42-3 of IPMI 2.0. */
  readonly type: number
  /** Sensor unit type code, table 43-15. */
  readonly unit: number
  /** Entity ID code, table 43-13. */
  readonly entity: number
  readonly multiplier: number
  readonly exponent: number
  readonly value: number
  readonly limits: Limits
}

export interface Limits {
  readonly upperFailed?: number
  readonly upperCritical?: number
  readonly upperWarning?: number
  readonly lowerFailed?: number
  readonly lowerCritical?: number
  readonly lowerWarning?: number
}

export const sensorSpecs = {
  cpu: {
    ...{ number: 1, name: 'CPU Temp', type: 0x01, unit: 1, entity: 0x03, multiplier: 1, exponent: 0, value: 42 },
    limits: { upperWarning: 80, upperCritical: 90, upperFailed: 100 },
  },
  fan: {
    ...{ number: 2, name: 'FAN1', type: 0x04, unit: 18, entity: 0x1d, multiplier: 100, exponent: 0, value: 30 },
    limits: { lowerCritical: 5, lowerWarning: 8 },
  },
  rail: {
    ...{ number: 3, name: '12V', type: 0x02, unit: 4, entity: 0x0a, multiplier: 1, exponent: -1, value: 121 },
    limits: { lowerCritical: 108, lowerWarning: 112, upperWarning: 128, upperCritical: 132 },
  },
  inlet: {
    ...{ number: 4, name: 'Inlet', type: 0x01, unit: 2, entity: 0x37, multiplier: 1, exponent: 0, value: 72 },
    limits: { upperCritical: 110 },
  },
} satisfies Record<string, SensorSpec>

/** As in the record: most severe first, upper before lower. */
export const limitOrder = [
  'upperFailed',
  'upperCritical',
  'upperWarning',
  'lowerFailed',
  'lowerCritical',
  'lowerWarning',
] as const

const low = (value: number) => value & 0xff
const high = (value: number) => (value >> 8) & 0xff
/** Type and length of ASCII text. */
const text = (value: string) => [0xc0 | value.length, ...Buffer.from(value, 'latin1')]

const BMC = 0x20
/** IPMI 1.5, as its successor kept it. */
const SDR_VERSION = 0x51
/** All threshold events, and in their upper bits which thresholds go with a reading. */
const THRESHOLD_EVENTS = 0x7a95

/** A full sensor record, table 43-1 of IPMI 2.0. */
export function sensorRecord({ number, name, type, unit, entity, multiplier, exponent, value, limits }: SensorSpec) {
  // The mask of readable thresholds counts from the least severe, lower before upper.
  const mask = (
    ['lowerWarning', 'lowerCritical', 'lowerFailed', 'upperWarning', 'upperCritical', 'upperFailed'] as const
  )
    .map((limit, bit) => (limits[limit as keyof typeof limits] === undefined ? 0 : 1 << bit))
    .reduce((all, bit) => all | bit, 0)
  const thresholds = limitOrder.map((limit) => limits[limit] ?? 0)
  const key = [BMC, 0, number]
  const body = [
    ...[entity, number, 0x7f, 0x68, type, 0x01],
    ...[low(THRESHOLD_EVENTS), high(THRESHOLD_EVENTS), low(THRESHOLD_EVENTS), high(THRESHOLD_EVENTS), mask, mask],
    ...[0, unit, 0, 0, low(multiplier), (multiplier >> 2) & 0xc0, 0, 0, 0, (exponent & 0xf) << 4],
    ...[0x07, value, 0xff, 0x00, 0xff, 0x00, ...thresholds, 1, 1, 0, 0, 0, ...text(name)],
  ]
  return record(0x01, [...key, ...body])
}

/** A management controller device locator record, table 43-7: this is the BMC, and what it can do. */
export const controllerRecord = (name: string) => record(0x12, [BMC, 0, 0, 0xbf, 0, 0, 0, 0x07, 1, 0, ...text(name)])

/** The number of the record is given by the repository. */
const record = (type: number, body: readonly number[]) => [0, 0, SDR_VERSION, type, body.length, ...body]

export interface Inventory {
  readonly manufacturer: string
  readonly product: string
  readonly serial: string
}

const AREA_END = 0xc1
const ENGLISH = 0x19

/** An inventory with a board and a product, by the Platform Management FRU Information Storage Definition 1.3. */
export function inventory({ manufacturer, product, serial }: Inventory): Buffer {
  const board = area([ENGLISH, 0, 0, 0, ...[manufacturer, `${product} board`, `B-${serial}`, 'P-1', ''].flatMap(text)])
  const item = area([ENGLISH, ...[manufacturer, product, 'RS9', 'v1', serial, 'ASSET7', ''].flatMap(text)])
  const header = [1, 0, 0, 1, 1 + board.length / 8, 0, 0]
  return Buffer.concat([Buffer.from([...header, checksum(header)]), board, item], 256)
}

function area(body: readonly number[]): Buffer {
  const size = Math.ceil((body.length + 4) / 8) * 8
  const bytes = Buffer.alloc(size)
  bytes.set([1, size / 8, ...body, AREA_END])
  bytes[size - 1] = checksum(bytes)
  return bytes
}

/** What makes the sum of all bytes zero. */
const checksum = (bytes: Iterable<number>) => low(-[...bytes].reduce((sum, byte) => sum + byte, 0))
