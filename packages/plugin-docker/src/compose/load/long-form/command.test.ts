import { expect, test } from 'vitest'
import { splitWords } from './command.ts'

test.each([
  ['a b  c', ['a', 'b', 'c']],
  [`sh -c 'echo "a b"'`, ['sh', '-c', 'echo "a b"']],
  ['a\\ b "c\\"d" \'e\\f\'', ['a b', 'c"d', 'e\\f']],
  ['""', ['']],
  ['', []],
  ['a"b c"d', ['ab cd']],
])('%s has the words %j', (text, words) => {
  expect(splitWords(text)).toEqual({ words, rest: '', open: false })
})

test('no shell runs it: what follows an operator is told', () => {
  expect(splitWords('echo a && b')).toEqual({ words: ['echo', 'a'], rest: '&& b', open: false })
})

test('an open quote is told', () => {
  expect(splitWords('echo "a').open).toBe(true)
})
