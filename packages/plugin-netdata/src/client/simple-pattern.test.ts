import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isExact, matchesPattern, patternSource } from './simple-pattern.ts'

test.each([
  ['ram', 'ram', true],
  ['ram', 'ramp', false],
  ['httpcheck_*', 'httpcheck_web', true],
  ['*_usage', 'disk_space_usage', true],
  ['a*b*c', 'abc', true],
  ['a*a', 'a', false],
  ['ab*ba', 'aba', false],
  ['*', '', true],
  ['', '', false],
  ['!disk_* *', 'disk_x', false],
  ['!disk_* *', 'ram', true],
  ['* !disk_*', 'disk_x', true],
  ['a b c*', 'cat', true],
  ['a.b', 'aXb', false],
])('%j on %j: %s', (pattern, text, expected) => {
  expect(matchesPattern(pattern, text)).toBe(expected)
  expect(new RegExp(`^"${patternSource(pattern)}$`).test(`"${text}"`)).toBe(expected)
})

test('names without wildcards are exact', () => {
  expect(['ram', 'r*', '!ram', 'a b'].map(isExact)).toEqual([true, false, false, false])
})

test('one word agrees with a regular expression', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*'), minLength: 1, maxLength: 8 })
  fc.assert(
    fc.property(letters, fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 10 }), (word, text) => {
      expect(matchesPattern(word, text)).toBe(new RegExp(`^${word.replaceAll('*', '.*')}$`).test(text))
    }),
  )
})
