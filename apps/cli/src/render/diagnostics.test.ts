import { expect, test } from 'vitest'
import { plainStyle } from '../style.ts'
import { renderDiagnostics } from './diagnostics.ts'

const lines = ['name: home', '\tresources:', '\t\tweb: 7']
const options = { cwd: '/lab', readLine: (_: string, line: number) => lines[line - 1] }

test('an error shows where it is, the line, what was said and what to do', () => {
  const text = renderDiagnostics(
    [
      { severity: 'warning', code: 'late', summary: 'Seen last' },
      {
        severity: 'error',
        code: 'invalid_input',
        summary: 'Expected string, received number',
        address: 'web',
        path: 'env.PORT',
        detail: 'first\nsecond\n',
        advice: 'Write a string.\nWith quotes.',
        source: { file: '/lab/lares.yaml', line: 3, column: 8 },
      },
    ],
    plainStyle,
    options,
  )
  expect(text).toMatchInlineSnapshot(`
    "Error: Expected string, received number [invalid_input]
      at lares.yaml:3:8 · web › env.PORT
      3 | 		web: 7
        | 		     ^
      first
      second
      → Write a string.
        With quotes.

    Warning: Seen last [late]
    "
  `)
})

test('tabs keep the caret under its column', () => {
  const source = { file: '/lab/lares.yaml', line: 2, column: 2 }
  const text = renderDiagnostics([{ severity: 'error', code: 'x', summary: 'y', source }], plainStyle, options)
  expect(text).toContain('  2 | \tresources:\n    | \t^\n')
})

test('the same problem is told once, and several are counted', () => {
  const twice = { severity: 'error', code: 'x', summary: 'twice' } as const
  const other = { severity: 'error', code: 'x', summary: 'other' } as const
  const text = renderDiagnostics([twice, twice, other], plainStyle, options)
  expect(text.match(/twice/g)).toHaveLength(1)
  expect(text).toContain('2 problems.')
})

test('a file that is elsewhere or gone is only named', () => {
  const source = { file: '/elsewhere/lab/lares.yaml', line: 1 }
  const text = renderDiagnostics([{ severity: 'error', code: 'x', summary: 'y', source }], plainStyle, {
    cwd: '/a/b/c/d',
    readLine: () => undefined,
  })
  expect(text).toMatchInlineSnapshot(`
    "Error: y [x]
      at /elsewhere/lab/lares.yaml:1
    "
  `)
})

test('what may be a secret is named by its place alone', () => {
  const source = { file: '/lab/.env', line: 1, confidential: true as const }
  const diagnostic = { severity: 'warning' as const, code: 'variable_unset', summary: 'x is not set', source }
  const text = renderDiagnostics([diagnostic], plainStyle, { cwd: '/lab', readLine: () => 'PASSWORD=hunter2$x' })
  expect(text).toContain('at .env:1')
  expect(text).not.toContain('hunter2')
})
