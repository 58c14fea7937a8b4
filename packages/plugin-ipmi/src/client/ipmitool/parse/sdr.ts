import { given } from '../../given.ts'
import type { Sensor, SensorState } from '../../sensor.ts'
import { wholeOf } from './fields.ts'
import { parseReading } from './reading.ts'

/** `sdr info`: how many records there are. */
export function parseRecordCount(text: string): number | undefined {
  return wholeOf(/^Record Count\s*:\s*(\d+)\s*$/m.exec(text)?.[1])
}

const states: Readonly<Record<string, SensorState>> = {
  ok: 'ok',
  nc: 'warning',
  lnc: 'warning',
  unc: 'warning',
  cr: 'critical',
  lcr: 'critical',
  ucr: 'critical',
  nr: 'failed',
  lnr: 'failed',
  unr: 'failed',
}

/** What says that a part is broken, of sensors that have no limits. */
const BROKEN =
  /^(failure detected|predictive failure|drive fault|in critical array|in failed array|power supply ac lost|ac lost|config(uration)? error|thermal trip|ierr|uncorrectable ecc|redundancy lost|non-redundant: insufficient resources|failed|state asserted - fault)$/i

/** By its status, and where that says nothing of how it is, by its words. */
export function stateOf(status: string, says: readonly string[]): SensorState {
  const state = states[status] ?? 'unknown'
  return state === 'ok' && says.some((word) => BROKEN.test(word)) ? 'critical' : state
}

const LINE = /^(.*?)\s*\|\s*([0-9A-Fa-f]{2,4})h\s*\|\s*(\w+)\s*\|\s*(\d+\.\d+)\s*\|(.*)$/
/** Records that are no sensors: other controllers, and where inventories are. */
const LOCATOR = /^(Dynamic|Static) MC @ |^(Physical|Logical) FRU @|^Log(ical)? FRU/

/** `sdr elist all`. */
export function parseSdrList(text: string): Sensor[] {
  return text.split('\n').flatMap((line): Sensor[] => {
    const [, name, number, status, entity, written] = LINE.exec(line) ?? []
    const raw = written?.trim() ?? ''
    if (name === undefined || LOCATOR.test(raw)) return []
    const reading = parseReading(raw)
    return [
      given({
        name: name.trim(),
        number: Number.parseInt(number!, 16),
        entity: entity!,
        ...reading,
        state: stateOf(status!, reading.says),
        raw,
      }),
    ]
  })
}
