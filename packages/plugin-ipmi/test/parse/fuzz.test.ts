import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseBootFlags, parseChassis } from '../../src/client/ipmitool/parse/chassis.ts'
import { parseFru } from '../../src/client/ipmitool/parse/fru.ts'
import { parseLan, parseSol } from '../../src/client/ipmitool/parse/lan.ts'
import { parseGuid, parseMcInfo } from '../../src/client/ipmitool/parse/mc.ts'
import { parseReading } from '../../src/client/ipmitool/parse/reading.ts'
import { parseRecordCount, parseSdrList } from '../../src/client/ipmitool/parse/sdr.ts'
import { parseSdrVerbose } from '../../src/client/ipmitool/parse/sdr-verbose.ts'
import { parseSel } from '../../src/client/ipmitool/parse/sel.ts'
import { parseChannel, parseUserAccess, parseUsers } from '../../src/client/ipmitool/parse/users.ts'

const folder = new URL('recorded/', import.meta.url)
const recordings = readdirSync(folder)
  .filter((name) => !name.endsWith('.md'))
  .map((name) => readFileSync(new URL(name, folder), 'utf8'))

const parsers = {
  ...{ parseBootFlags, parseChannel, parseChassis, parseFru, parseGuid, parseLan, parseMcInfo, parseRecordCount },
  ...{ parseSdrList, parseSdrVerbose, parseSel, parseSol, parseUserAccess, parseUsers },
}

/** A recording with pieces cut out, doubled, or replaced by anything, as from a BMC that is going down. */
const damaged = fc
  .tuple(
    fc.constantFrom(...recordings),
    fc.array(fc.tuple(fc.nat(), fc.nat(40), fc.oneof(fc.constant(''), fc.string({ unit: 'binary', maxLength: 12 }))), {
      maxLength: 6,
    }),
  )
  .map(([text, edits]) =>
    edits.reduce((left, [at, length, insert]) => {
      const from = left.length === 0 ? 0 : at % left.length
      return left.slice(0, from) + insert + left.slice(from + length)
    }, text),
  )

/** Every number in a result, but those that are made of others: times, and what counts in base 16. */
const numbersIn = (value: unknown): number[] =>
  typeof value === 'number'
    ? [value]
    : value instanceof Date
      ? []
      : typeof value === 'object' && value !== null
        ? Object.entries(value).flatMap(([key, inner]) =>
            ['number', 'id', 'bitRate'].includes(key) ? [] : numbersIn(inner),
          )
        : []

describe.each(Object.entries(parsers))('%s', (name, parse) => {
  test('takes anything, and finds no number that does not stand there', () => {
    fc.assert(
      fc.property(fc.oneof(damaged, fc.string({ unit: 'binary', maxLength: 400 })), (text) => {
        const found = parse(text)
        const written = new Set([...text.matchAll(/\d+(?:\.\d+)?/g)].flatMap(([each]) => [Number(each), -Number(each)]))
        if (name === 'parseChannel') return
        for (const number of numbersIn(found)) {
          expect(Number.isFinite(number)).toBe(true)
          expect(written).toContain(number)
        }
      }),
      { numRuns: 400 },
    )
  })
})

test('a time in the log is a real one', () => {
  fc.assert(
    fc.property(damaged, (text) => {
      for (const { time } of parseSel(text)) expect(time === undefined || Number.isFinite(time.getTime())).toBe(true)
    }),
  )
})

test('a reading is its number and its unit, or neither', () => {
  const number = fc.double({ min: -99_999, max: 99_999, noNaN: true }).map((value) => value.toFixed(2))
  const unit = fc.constantFrom(
    'degrees C',
    'degrees F',
    'RPM',
    'Volts',
    'Watts',
    'Amps',
    'percent',
    '% RPM',
    'Watts/hour',
  )
  fc.assert(
    fc.property(number, unit, (value, unit) => {
      expect(parseReading(`${value} ${unit}`)).toEqual({ value: Number(value), unit, says: [] })
      expect(parseReading(`${value} ${unit}, Presence detected`)).toMatchObject({ says: ['Presence detected'] })
      for (const wrong of [
        `${value.replace('.', ',')} ${unit}`,
        `${value}e3 ${unit}`,
        `${value} ${unit}s`,
        `0x${value} ${unit}`,
      ])
        expect(parseReading(wrong)).not.toHaveProperty('value')
    }),
  )
})
