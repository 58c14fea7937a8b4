import { type BmcEvent, severityOf } from '../../event.ts'
import { given } from '../../given.ts'
import { wholeOf } from './fields.ts'

/** `sel list` and `sel elist` have a line for each record, its parts between bars. */
export function parseSel(text: string): BmcEvent[] {
  return text.split('\n').flatMap((line) => {
    const [id, date, clock, sensor, ...rest] = line.split('|').map((part) => part.trim())
    if (id === undefined || !/^[0-9a-f]{1,4}$/i.test(id) || (rest.length === 0 && sensor === undefined)) return []
    const when = timeOf(date ?? '', clock ?? '')
    // A record of a vendor's own kind may have no time, and then its data begin where that would be.
    const [subject, words] = when ? [sensor ?? '', rest] : [date ?? '', [clock ?? '', sensor ?? '', ...rest]]
    const at = words.findIndex((word) => /^(de)?asserted$/i.test(word))
    const direction = at < 0 ? undefined : words[at]!.toLowerCase() === 'asserted' ? 'asserted' : 'deasserted'
    const said = (at < 0 ? words : words.slice(0, at)).filter((word) => word !== '').join(', ')
    const trigger =
      at < 0
        ? ''
        : words
            .slice(at + 1)
            .filter((word) => word !== '')
            .join(', ')
    return [
      given({
        id: Number.parseInt(id, 16),
        ...when,
        sensor: subject,
        text: said,
        direction: direction as BmcEvent['direction'],
        trigger: trigger || undefined,
        severity: severityOf(said, direction),
      }) as BmcEvent,
    ]
  })
}

/** Month, day and year, of two or four digits; ipmitool is told to write UTC, and an old one writes the BMC's time as it is. */
function timeOf(date: string, clock: string): Pick<BmcEvent, 'time' | 'uptime'> | undefined {
  if (/^Pre-Init$/i.test(date)) return given({ uptime: wholeOf(clock) })
  if (/^S\+$/.test(date) || /^Unspecified$/i.test(date)) return {}
  const [, month, day, year] = /^(\d\d)\/(\d\d)\/(\d{4}|\d\d)$/.exec(date) ?? []
  const [, hour, minute, second] = /^(\d\d):(\d\d):(\d\d)(?: UTC| GMT)?$/.exec(clock) ?? []
  if (year === undefined) return undefined
  if (hour === undefined) return {}
  const parts = [
    Number(year) % 100 === Number(year) ? 2000 + Number(year) : Number(year),
    Number(month) - 1,
    Number(day),
  ] as const
  const time = new Date(Date.UTC(...parts, Number(hour), Number(minute), Number(second)))
  // The 31st of a month that has 30 days is not the 1st of the next one.
  const isReal =
    time.getUTCMonth() === parts[1] && time.getUTCDate() === parts[2] && time.getUTCHours() === Number(hour)
  return isReal ? { time } : {}
}

/** It says so in a line of its own. */
export const isEmptySel = (text: string): boolean => /^SEL has no entries\s*$/m.test(text)
