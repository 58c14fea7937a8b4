import fc from 'fast-check'
import { expect, test } from 'vitest'
import { substitute } from './template.ts'

const variables: Record<string, string> = { X: 'value', EMPTY: '' }
const lookup = (name: string) => (Object.hasOwn(variables, name) ? variables[name] : undefined)

test.each([
  ['$X', 'value'],
  ['a${X}b', 'avalueb'],
  ['$$X', '$X'],
  ['$$$X', '$value'],
  ['a $ b $1', 'a $ b $1'],
  ['${NONE:-d}', 'd'],
  ['${EMPTY:-d}', 'd'],
  ['${EMPTY-d}', ''],
  ['${NONE-a:-b}', 'a:-b'],
  ['${NONE:-${X}}', 'value'],
  ['${NONE:-${OTHER:-${X}}!}', 'value!'],
  ['${X:+alt}', 'alt'],
  ['${EMPTY:+alt}', ''],
  ['${EMPTY+alt}', 'alt'],
  ['${NONE+alt}', ''],
  ['${X:?needed}', 'value'],
  ['${EMPTY?needed}', ''],
  ['${NONE:-{"a":1}}', '{"a":1}'],
])('%s is %s', (template, text) => {
  expect(substitute(template, lookup)).toEqual({ text, unset: [] })
})

test.each(['${', '${}', '${X', '${1X}', '${X!}', '${X:}', '${X y}'])('%s is malformed', (template) => {
  expect(substitute(template, lookup).problem?.kind).toBe('malformed')
})

test('what has neither a value nor a default is told', () => {
  expect(substitute('${NONE}-$OTHER-${X}', lookup)).toEqual({ text: '--value', unset: ['NONE', 'OTHER'] })
})

test('a required variable is missing with the words of the file, in which no value is shown', () => {
  expect(substitute('${NONE:?set it, $X}', lookup).problem).toEqual({
    kind: 'missing',
    message: 'The variable NONE is required: set it, $X',
  })
})

test('text without a dollar sign stays, and what is escaped comes back', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(substitute(text.replaceAll('$', '$$$$'), lookup)).toEqual({ text, unset: [] })
    }),
  )
})
