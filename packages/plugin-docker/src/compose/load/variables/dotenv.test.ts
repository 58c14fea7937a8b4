import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseDotenv, parseRawEnv } from './dotenv.ts'

const inherit = (name: string) => ({ X: 'outer', HOME: '/home/me' })[name]
const variables = (text: string) => Object.fromEntries(parseDotenv(text, inherit).variables)

test.each<[string, Record<string, string>]>([
  ['A=b', { A: 'b' }],
  ['export A=b # c', { A: 'b' }],
  ['A=b#c', { A: 'b#c' }],
  ['A: b', { A: 'b' }],
  ["A='$X \\n'", { A: '$X \\n' }],
  ['A="$X \\$X \\t|"', { A: 'outer $X \t|' }],
  ['A="two\nlines"\nB=$A', { A: 'two\nlines', B: 'two\nlines' }],
  ['HOME\nNOTHING\nA=', { HOME: '/home/me', A: '' }],
  ['X=inner\nA=$X', { X: 'inner', A: 'outer' }],
  ['\uFEFF# c\r\nA=1\r\n', { A: '1' }],
  ['A="\\061\\\\"', { A: '1\\' }],
])('%j has %j', (text, expected) => {
  expect(variables(text)).toEqual(expected)
})

test('every mistake is told with its line, and the rest is read', () => {
  const { problems, variables: found } = parseDotenv('A=1\nB C=2\n\nD!=3\nE=4\nF="open', inherit)
  expect(problems.map(({ line }) => line)).toEqual([2, 4, 6])
  expect([...found]).toEqual([
    ['A', '1'],
    ['E', '4'],
  ])
})

test('a variable without a value is told with its line', () => {
  expect(parseDotenv('A=1\nB=$NONE', inherit).unset).toEqual([{ line: 2, name: 'NONE' }])
})

test('a raw file is taken as it is', () => {
  const { variables: found } = parseRawEnv('# c\nA="$X" # d\nHOME\n', inherit)
  expect([...found]).toEqual([
    ['A', '"$X" # d'],
    ['HOME', '/home/me'],
  ])
})

test('single quotes keep every text without them', () => {
  const text = fc.string().map((it) => it.replaceAll(/['\r]/g, ''))
  fc.assert(
    fc.property(
      text.filter((it) => !it.includes('\\')),
      (value) => {
        expect(variables(`A='${value}'`)).toEqual({ A: value })
      },
    ),
  )
})

test('whatever a file has in it, it is read or told what is wrong', () => {
  const piece = fc.oneof(
    fc.string(),
    fc.constantFrom('A=', '\n', '"', "'", '$', '${', '}', '\\', '#', 'export ', ':', ' '),
  )
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      expect(() => parseDotenv(pieces.join(''), inherit)).not.toThrow()
    }),
  )
})
