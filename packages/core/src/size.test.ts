import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatSize, parseSize } from './size.ts'

test.each([
  ['512m', 536_870_912],
  ['512MB', 536_870_912],
  ['512MiB', 536_870_912],
  ['1g', 1_073_741_824],
  ['1.5g', 1_610_612_736],
  ['10B', 10],
  ['1024', 1024],
  [77, 77],
  ['2T', 2 * 1024 ** 4],
])('%s is %i bytes', (text, bytes) => {
  expect(parseSize(text)).toBe(bytes)
})

test.each(['', 'a', '-1', '1x', 'm', '1 2m'])('"%s" is no size', (text) => {
  expect(() => parseSize(text)).toThrow(RangeError)
})

test('every number of bytes survives its notation', () => {
  fc.assert(fc.property(fc.maxSafeNat(), (bytes) => parseSize(formatSize(bytes)) === bytes))
})

test('the notation is the shortest exact one', () => {
  expect([536_870_912, 1500, 1536, 0].map(formatSize)).toEqual(['512MiB', '1500B', '1536B', '0B'])
})
