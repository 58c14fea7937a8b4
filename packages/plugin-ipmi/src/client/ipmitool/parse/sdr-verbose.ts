import { given } from '../../given.ts'
import type { Sensor, SensorState, Thresholds } from '../../sensor.ts'
import { decimalOf, firstFields } from './fields.ts'
import { parseReading } from './reading.ts'
import { stateOf } from './sdr.ts'

const statuses: readonly (readonly [RegExp, string])[] = [
  [/^ok$/i, 'ok'],
  [/non-critical$/i, 'nc'],
  [/critical$/i, 'cr'],
  [/non-recoverable$/i, 'nr'],
]

/** `sdr -v list all`: a block of fields for each sensor, between empty lines. */
export function parseSdrVerbose(text: string): Sensor[] {
  return text.split(/^(?=Sensor ID\s*:)/m).flatMap((block): Sensor[] => {
    const fields = firstFields(block.split(/\n\s*\n/, 1)[0]!)
    const [, name, number] = /^(.*?)\s*\(0x([0-9a-f]+)\)$/i.exec(fields.get('Sensor ID') ?? '') ?? []
    if (name === undefined || number === undefined) return []
    const raw = fields.get('Sensor Reading') ?? ''
    const reading = parseReading(raw)
    const says = [...reading.says, ...assertedIn(block)]
    return [
      given({
        ...{ name, number: Number.parseInt(number, 16), raw },
        entity: /^\d+\.\d+/.exec(fields.get('Entity ID') ?? '')?.[0],
        type: typeOf(fields),
        value: reading.value,
        unit: reading.unit,
        state: verboseState(fields, says),
        says,
        thresholds: thresholdsOf(fields),
      }),
    ]
  })
}

function typeOf(fields: ReadonlyMap<string, string>): string | undefined {
  const kind = [...fields.keys()].find((name) => /^Sensor Type \(/.test(name))
  return kind === undefined ? undefined : fields.get(kind)?.replace(/\s*\(0x[0-9a-f]+\)$/i, '') || undefined
}

/** A sensor without limits has no status: it is well unless its words say otherwise, or it says nothing at all. */
function verboseState(fields: ReadonlyMap<string, string>, says: readonly string[]): SensorState {
  const status = fields.get('Status')
  const isSilent = /no reading|disabled|not (readable|present)|unable to read/i.test(fields.get('Sensor Reading') ?? '')
  if (status === undefined) return isSilent ? 'unknown' : stateOf('ok', says)
  return stateOf(statuses.find(([pattern]) => pattern.test(status))?.[1] ?? '', says)
}

/** `States Asserted` has a type, and below it what is so in brackets, each on a line of its own. */
function assertedIn(block: string): string[] {
  const [, asserted] = /^ States Asserted\s*:[^\n]*\n((?:\s+\[[^\n]*\]\s*\n?)*)/m.exec(block) ?? []
  return [...(asserted ?? '').matchAll(/\[([^\]\n]*)\]/g)].map(([, word]) => word!.trim())
}

const limits: readonly (readonly [keyof Thresholds, string])[] = [
  ['lowerFailed', 'Lower non-recoverable'],
  ['lowerCritical', 'Lower critical'],
  ['lowerWarning', 'Lower non-critical'],
  ['upperWarning', 'Upper non-critical'],
  ['upperCritical', 'Upper critical'],
  ['upperFailed', 'Upper non-recoverable'],
]

const thresholdsOf = (fields: ReadonlyMap<string, string>): Thresholds =>
  given(Object.fromEntries(limits.map(([key, name]) => [key, decimalOf(fields.get(name))])))
