import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatVersion, isAtLeast, parseVersion } from './version.ts'

test.each([
  ['v1.37.1', '1.37.1'],
  ['netdata v1.37.1\n', '1.37.1'],
  ['2.11.0', '2.11.0'],
  ['v2.3.0-117-nightly', '2.3.0'],
  ['v1.33', '1.33.0'],
  ['netdata 2.1.0-10-g0123456', '2.1.0'],
])('%j is %s', (text, version) => {
  expect(formatVersion(parseVersion(text)!)).toBe(version)
})

test.each(['', 'unknown', 'v', 'v1', '<html>', 'netdata: command not found'])('%j holds no version', (text) => {
  expect(parseVersion(text)).toBeUndefined()
})

test('versions compare by number', () => {
  const version = parseVersion('v1.39.1')!
  expect(['1.4', '1.39', '1.39.1'].map((wanted) => isAtLeast(version, wanted))).toEqual([true, true, true])
  expect(['1.39.2', '1.40', '2.0'].map((wanted) => isAtLeast(version, wanted))).toEqual([false, false, false])
})

test('what is formatted is parsed', () => {
  const part = fc.nat(9999)
  fc.assert(
    fc.property(part, part, part, (major, minor, patch) => {
      const version = { major, minor, patch }
      expect(parseVersion(`v${formatVersion(version)}`)).toEqual(version)
      expect(isAtLeast(version, formatVersion(version))).toBe(true)
    }),
  )
})
