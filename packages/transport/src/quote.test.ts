import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { quote, quoteCommand } from './quote.ts'

const word = fc.string({ unit: 'binary', maxLength: 40 }).filter((text) => !text.includes('\0'))

test('sh passes on exactly the words that were quoted', () => {
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 30 }), (words) => {
      const line = `printf '%s\\0' ${quoteCommand(words)}`
      const printed = execFileSync('sh', ['-c', line]).toString('utf8').split('\0').slice(0, -1)
      expect(printed).toEqual(words.map((text) => Buffer.from(text, 'utf8').toString('utf8')))
    }),
    { numRuns: 150 },
  )
})

test('words that a shell would change are quoted, others stay readable', () => {
  expect(quoteCommand(['ls', '-la', '/srv/media', 'user@host:22'])).toBe('ls -la /srv/media user@host:22')
  expect(quote('')).toBe("''")
  expect(quote('A=b')).toBe("'A=b'")
  expect(quote('~root')).toBe("'~root'")
  expect(quote("it's")).toBe("'it'\\''s'")
})

test('a NUL is refused', () => {
  expect(() => quote('a\0b')).toThrow(TypeError)
})
