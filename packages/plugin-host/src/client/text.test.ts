import { expect, test } from 'vitest'
import { blockIn, lineIn, marksOf, withBlock, withLine, withoutBlock, withoutLine } from './text.ts'

const marks = marksOf('home/dns')
const block = '# BEGIN lares home/dns\n10.0.0.5 nas\n# END lares home/dns\n'

test('a block goes in, is found, changes where it stands, and leaves no trace', () => {
  const before = '127.0.0.1 localhost\n::1 ip6\n'
  const made = withBlock(before, marks, '10.0.0.5 nas\n', { after: 'localhost' })
  expect(made).toBe(`127.0.0.1 localhost\n${block}::1 ip6\n`)
  expect(blockIn(made, marks)).toBe('10.0.0.5 nas\n')
  expect(withBlock(made, marks, '10.0.0.5 nas\n', 'start')).toBe(made)
  const changed = withBlock(made, marks, 'a\nb\n')
  expect(blockIn(changed, marks)).toBe('a\nb\n')
  expect(withoutBlock(changed, marks)).toBe(before)
})

test('where it goes', () => {
  const text = 'a\nb\na\n'
  expect(withBlock(text, marks, '10.0.0.5 nas\n', 'start')).toBe(`${block}${text}`)
  expect(withBlock(text, marks, '10.0.0.5 nas\n', { before: '^a' })).toBe(`a\nb\n${block}a\n`)
  expect(withBlock(text, marks, '10.0.0.5 nas\n', { after: 'none' })).toBe(`${text}${block}`)
  expect(withBlock('no end', marks, '10.0.0.5 nas\n')).toBe(`no end\n${block}`)
  expect(withBlock('', marks, '')).toBe('# BEGIN lares home/dns\n# END lares home/dns\n')
})

test('comments with two ends', () => {
  const xml = marksOf('home/x', '<!-- -->')
  expect(withBlock('<a/>\n', xml, '<b/>\n')).toBe(
    '<a/>\n<!-- BEGIN lares home/x -->\n<b/>\n<!-- END lares home/x -->\n',
  )
})

test('a block that lost its end takes nothing else along', () => {
  const torn = '# BEGIN lares home/dns\n10.0.0.5 nas\nmine\n'
  expect(withoutBlock(torn, marks)).toBe('10.0.0.5 nas\nmine\n')
})

test('blocks of others stay', () => {
  const other = withBlock('', marksOf('home/web'), 'x\n')
  expect(withoutBlock(withBlock(other, marks, 'y\n'), marks)).toBe(other)
  expect(blockIn(other, marks)).toBe(null)
})

test('a line is found, replaced, added and removed', () => {
  const text = '#Port 22\nPort 2222\n'
  expect(lineIn(text, 'Port 22')).toBe(null)
  expect(lineIn(text, 'Port 22', '^#?Port ')).toBe('Port 2222')
  expect(withLine(text, 'Port 22', '^#?Port ')).toBe('#Port 22\nPort 22\n')
  expect(withLine('#Port 22\nPort 22\nPort 23\n', 'Port 22', '^Port ')).toBe('#Port 22\nPort 22\nPort 23\n')
  expect(withLine(text, 'X', '^Y', { before: '^Port' })).toBe('#Port 22\nX\nPort 2222\n')
  expect(withoutLine('a\nb\na\n', 'a')).toBe('b\n')
  expect(withoutLine('a', 'b')).toBe('a')
})
