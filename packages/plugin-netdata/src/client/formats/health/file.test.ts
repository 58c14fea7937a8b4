import { expect, test } from 'vitest'
import { formatFile, parseFile } from './file.ts'

const owner = { lab: 'home', address: 'a' }
const lines = 'alarm: a\n   on: system.load\n\nevery: 5s\n'

test.each([
  ['lines', true, lines],
  ['lines that are off', false, lines],
  ['lines that begin with a comment that says they are off', true, `# disabled\n${lines}`],
  ['the same, off', false, `# disabled\n${lines}`],
])('%s are read as they were written', (_, enabled, text) => {
  expect(parseFile(formatFile({ owner, enabled, text }))).toEqual({ owner, enabled, text })
})

test('an editor may take spaces from the end of lines; a line that is read makes it an alarm', () => {
  const off = formatFile({ owner, enabled: false, text: lines })
  expect(parseFile(off.replaceAll(/ +$/gm, ''))).toEqual({ owner, enabled: false, text: lines })
  expect(parseFile(off.replace('#| alarm', 'alarm')).enabled).toBe(true)
})
