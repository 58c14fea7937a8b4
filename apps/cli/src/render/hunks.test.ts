import { expect, test } from 'vitest'
import { plainStyle } from '../style.ts'
import { change, node } from '../testing/sample-plan.ts'
import { hunks, isText } from './hunks.ts'
import { renderNode } from './node.ts'

const lines = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, n) => `line ${from + n}\n`).join('')

test('texts are compared line by line, with what stands around', () => {
  const before = lines(1, 20)
  const after = before.replace('line 10\n', 'line ten\n').replace('line 20\n', '')
  expect(hunks(before, after, plainStyle)).toEqual([
    '@@ line 8 @@',
    ' line 8',
    ' line 9',
    '-line 10',
    '+line ten',
    ' line 11',
    ' line 12',
    '@@ line 18 @@',
    ' line 18',
    ' line 19',
    '-line 20',
  ])
})

test('a long difference is cut, and nothing in it moves the cursor', () => {
  const shown = hunks('\n', lines(1, 100), plainStyle)
  expect(shown).toHaveLength(61)
  expect(shown.at(-1)).toMatch(/^… 42 more lines$/)
  expect(hunks('a\n', '\u001b[2Jb\r\n', plainStyle).at(-1)).toBe('+\\x1b[2Jb␍')
})

test('in a plan they stand below the path; a secret one is not shown', () => {
  const nested = [change('content', 'a = 1\nb = 2\n', 'a = 1\nb = 3\n')]
  const file = node('config', 'host.file', 'update', {
    effect: 'live',
    causes: ['changed'],
    changes: [{ ...change('digest', 'aa', 'bb'), nested }],
  })
  expect(renderNode(file, plainStyle).slice(1)).toEqual([
    '        digest: "aa" -> "bb"  [live, changed]',
    '          content: [live, changed]',
    '            @@ line 1 @@',
    '             a = 1',
    '            -b = 2',
    '            +b = 3',
  ])
  const hidden = { ...nested[0]!, before: '(secret)\n', after: '(secret)\n', secret: true }
  const secret = { ...file, changes: [{ ...file.changes[0]!, nested: [hidden] }] }
  expect(renderNode(secret, plainStyle).at(-1)).toBe('          content: (secret) differs  [live, changed]')
})

test('what is a text', () => {
  expect([isText('a\n'), isText('a\nb'), isText('a'), isText(3), isText(undefined)]).toEqual([
    true,
    true,
    false,
    false,
    false,
  ])
})
