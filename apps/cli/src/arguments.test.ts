import { expect, test } from 'vitest'
import { parseArguments } from './arguments.ts'
import type { OptionSpecs } from './command.ts'

const specs = {
  yes: { type: 'boolean', short: 'y', summary: '' },
  out: { type: 'string', value: 'FILE', summary: '' },
  target: { type: 'string', multiple: true, short: 't', summary: '' },
} as const satisfies OptionSpecs

test('every option has a value, given or not', () => {
  expect(parseArguments(specs, [])).toEqual({ values: { yes: false, out: undefined, target: [] }, positionals: [] })
  expect(parseArguments(specs, ['a', '-y', '--out', 'x', '-t', 'one', '--target=two,three', '--', '--yes'])).toEqual({
    values: { yes: true, out: 'x', target: ['one', 'two', 'three'] },
    positionals: ['a', '--yes'],
  })
})

test('an option that nobody knows is named with those that exist', () => {
  expect(parseArguments(specs, ['--outt', 'x'])).toEqual({ unknown: '--outt', known: ['--yes', '--out', '--target'] })
  expect(parseArguments(specs, ['-x'])).toMatchObject({ unknown: '-x' })
  expect(parseArguments(specs, ['--constructor'])).toMatchObject({ unknown: '--constructor' })
})

test('a value that is missing is not taken from the next option', () => {
  const advice = 'Write --out FILE.'
  expect(parseArguments(specs, ['--out'])).toEqual({ wrong: '--out needs a value', advice })
  expect(parseArguments(specs, ['--out='])).toEqual({ wrong: '--out needs a value', advice })
  expect(parseArguments(specs, ['--out', '--yes'])).toMatchObject({ wrong: '--out needs a value' })
  expect(parseArguments(specs, ['--yes=1'])).toEqual({ wrong: '--yes takes no value' })
})
