import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatDuration, parseDuration } from './duration.ts'

test.each([
  ['30s', '30s'],
  ['90s', '1m30s'],
  ['1m30s', '1m30s'],
  ['1.5h', '1h30m'],
  ['1500ms', '1s500ms'],
  ['0', '0s'],
  ['0s', '0s'],
  ['10us', '10us'],
])('%s is written %s', (text, canonical) => {
  expect(formatDuration(parseDuration(text))).toBe(canonical)
})

test.each(['', '30', 's', '1d', '-5s', '5 s'])('"%s" is no duration', (text) => {
  expect(() => parseDuration(text)).toThrow(RangeError)
})

test('every duration up to a year survives its notation', () => {
  const nanoseconds = fc
    .integer({ min: 0, max: 31_536_000 })
    .chain((s) => fc.constantFrom(s * 1e9, s * 1e6, s * 1e3, s))
  fc.assert(fc.property(nanoseconds, (ns) => parseDuration(formatDuration(ns)) === ns))
})
