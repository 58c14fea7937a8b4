import { describe, expect, it } from 'vitest'
import { parseVersion } from '../../version.ts'
import { parseExpression } from './expression.ts'

const read = (text: string, version = '1.37.1') => {
  try {
    return parseExpression(text, parseVersion(version)!).variables
  } catch (error) {
    return (error as Error).message
  }
}

describe('expressions', () => {
  it('tell their variables', () => {
    expect(read('$this > (($status >= $WARNING) ? (75) : (85))')).toEqual(['this', 'status', 'WARNING'])
    expect(read('abs(${Has Number} - $disk.sda.reads) * -.5 != nan AND NOT ($this)')).toEqual([
      ...['Has Number', 'disk.sda.reads', 'this'],
    ])
  })

  it('say where they are wrong, and what was expected there', () => {
    expect(read('$this > 80 &&')).toMatchInlineSnapshot(
      `"expected a number, a $variable, "(" or abs(, not the end, at column 14"`,
    )
    expect(read('$this > 80%')).toMatchInlineSnapshot(`"expected an operator, not "%", at column 11"`)
    expect(read('($this > 80')).toMatchInlineSnapshot(`"expected an operator or ")", not the end, at column 12"`)
    expect(read('$this > 80)')).toMatchInlineSnapshot(`"expected the end or an operator, not ")", at column 11"`)
    expect(read('$this <> 80')).toMatchInlineSnapshot(`"expected "!=", not "<> 80", at column 7"`)
    expect(read('$this >.5')).toMatchInlineSnapshot(
      `"expected a digit or a space before the point, not ">.5", at column 7"`,
    )
    expect(read('$a AND($b)')).toMatchInlineSnapshot(`"expected a space after AND and OR, not "AND($b)", at column 4"`)
    expect(read('$a ? $b + 1 : 2')).toMatchInlineSnapshot(
      `"expected ":" (what is computed there needs parentheses), not "+ 1 : 2", at column 9"`,
    )
    expect(read('min($a, 2)')).toMatchInlineSnapshot(
      `"expected a number, a $variable, "(" or abs(, not "min($a, 2)", at column 1"`,
    )
  })

  it('are read as agents since 2.5 do (netdata#20126)', () => {
    const both = (text: string) => [read(text), read(text, '2.5.0')]
    expect(both('$a ? $b + 1 : $c ? 2 : 3')).toEqual([expect.stringMatching('column 9'), ['a', 'b', 'c']])
    expect(both('$a AND($b % 2 <> 1)')).toEqual([expect.stringMatching('column 4'), ['a', 'b']])
    expect(both('$disk-1')).toEqual([['disk'], ['disk']])
    expect(both('$a = 1')).toEqual([['a'], 'expected "==", not "= 1", at column 4'])
    expect(both('$a ? $b:$c')).toEqual([['a', 'b', 'c'], expect.stringMatching('or ":", not the end')])
    expect(both('$this != NaN')).toEqual([expect.stringMatching('column 10'), ['this']])
  })
})
