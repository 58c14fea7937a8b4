import { assert, dictionary, property, stringMatching } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatIni, parseIni } from './ini.ts'

describe('netdata.conf as text', () => {
  it('has comments, sections and options', () => {
    const text = '# [x]\n[global]\n\thostname = a # b\n  empty =\n[db]\nmode=ram\n[global]\nhostname=c\n'
    expect(parseIni(text)).toEqual({
      sections: { global: { hostname: 'c', empty: '' }, db: { mode: 'ram' } },
      ignored: [],
    })
  })

  it('has names as they stand in the brackets', () => {
    // As `netdata -W get` of 1.37.1 tells of such a file.
    const text = '[ web ]\na = 1\n[web]\na = # 2\n[]\na = 3\n  [x]y]  \na = 4\n[web] # not one\na = 5\n'
    expect(parseIni(text)).toEqual({
      sections: { ' web ': { a: '1' }, web: { a: '# 2' }, '': { a: '3' }, 'x]y': { a: '5' } },
      ignored: ['[web] # not one'],
    })
  })

  it('tells what the agent passes over', () => {
    expect(parseIni('early = 1\n[db]\nnonsense\n= 3\n[web\n').ignored).toEqual(['early = 1', 'nonsense', '= 3', '[web'])
  })

  it('goes there and back', () => {
    const name = stringMatching(/^[a-z][a-z0-9 .:_-]{0,20}[a-z]$/)
    const value = stringMatching(/^([!-~]([ -~]{0,30}[!-~])?)?$/)
    const option = dictionary(name, value, { minKeys: 1, noNullPrototype: true })
    assert(
      property(dictionary(name, option, { noNullPrototype: true }), (sections) => {
        expect(parseIni(formatIni(sections))).toEqual({ sections, ignored: [] })
      }),
    )
  })
})
