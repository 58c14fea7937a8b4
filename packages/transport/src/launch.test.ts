import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { launch } from './launch.ts'

const value = fc.string({ unit: 'binary', maxLength: 30 }).filter((text) => !text.includes('\0'))

function output(launched: ReturnType<typeof launch>, input: string): string {
  const [file, ...args] = launched.command
  return execFileSync(file, args, { input }).toString('utf8')
}

test('any value of a variable arrives, and the rest of stdin belongs to the command', () => {
  fc.assert(
    fc.property(value, value, (first, rest) => {
      const launched = launch(['sh', '-c', 'printf "%s|" "$FIRST"; cat'], { env: { FIRST: first } })
      expect(output(launched, launched.prologue + rest)).toBe(`${Buffer.from(first)}|${Buffer.from(rest)}`)
    }),
    { numRuns: 60 },
  )
})

test('lines before the prologue are skipped: a password that sudo did not want', () => {
  const launched = launch(['cat'], {})
  expect(output(launched, `hunter2\n${launched.prologue}rest`)).toBe('rest')
})

test('no value stands on the command line', () => {
  const launched = launch(['env'], { env: { TOKEN: 'hunter2' }, cwd: '/secret-place' })
  expect(launched.command.join(' ')).not.toMatch(/hunter2|secret-place/)
})

test('a name that is not one is refused', () => {
  expect(() => launch(['env'], { env: { 'A; reboot': 'x' } })).toThrow(TypeError)
})
