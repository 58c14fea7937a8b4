import { decimalOf } from './fields.ts'

/** Sensor unit type codes, table 43-15 of IPMI 2.0, as ipmitool writes them. */
const units = new Set(
  [
    'unspecified|degrees C|degrees F|degrees K|Volts|Amps|Watts|Joules|Coulombs|VA|Nits|lumen|lux|Candela|kPa|PSI|Newton',
    'CFM|RPM|Hz|microsecond|millisecond|second|minute|hour|day|week|mil|inches|feet|cu in|cu feet|mm|cm|m|cu cm|cu m',
    'liters|fluid ounce|radians|steradians|revolutions|cycles|gravities|ounce|pound|ft-lb|oz-in|gauss|gilberts|henry',
    'millihenry|farad|microfarad|ohms|siemens|mole|becquerel|PPM|Decibels|DbA|DbC|gray|sievert|color temp deg K|bit',
    'kilobit|megabit|gigabit|byte|kilobyte|megabyte|gigabyte|word|dword|qword|line|hit|miss|retry|reset|overflow',
    'underrun|collision|packets|messages|characters|error|correctable error|uncorrectable error|percent',
  ].flatMap((line) => line.split('|')),
)

export interface Reading {
  readonly value?: number
  readonly unit?: string
  readonly says: readonly string[]
}

const isUnit = (text: string): boolean =>
  units.has(text.replace(/^% /, '')) || text.split(/ \* |\//).every((part) => units.has(part.trim()))

/** What a sensor reads: `42 degrees C`, `110 Watts, Presence detected`, `Fully Redundant`, `No Reading`. */
export function parseReading(text: string): Reading {
  const [, number, unit, rest] =
    /^(\S+)(?: \(\+\/- [\d.]+\))? ((?:% )?[A-Za-z][A-Za-z/* -]*?)(?:,(.*))?$/.exec(text.trim()) ?? []
  const value = decimalOf(number)
  // A number that is written in a way of its own is no number, and its pieces are no words.
  if (value === undefined || unit === undefined || !isUnit(unit))
    return { says: /^[-+]?\d/.test(text.trim()) ? [] : wordsOf(text) }
  return { value, ...(unit === 'unspecified' ? {} : { unit }), says: wordsOf(rest ?? '') }
}

const NOTHING = /^(no reading|not readable|disabled|not present|na|unable to read sensor.*|0x[0-9a-f]+|[0-9a-f]+h)?$/i

const wordsOf = (text: string): string[] =>
  text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => !NOTHING.test(word))
