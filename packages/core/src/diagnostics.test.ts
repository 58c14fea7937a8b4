import { describe, expect, it } from 'vitest'
import {
  didYouMean,
  errorCode,
  fail,
  hasErrors,
  isLaresError,
  LaresError,
  problem,
  suggest,
  toDiagnostics,
  warning,
} from './diagnostics.ts'

const about = { address: 'web', summary: 'It could not be created' }

describe('LaresError', () => {
  it('is made of diagnostics, one line each, and has the code of the first', () => {
    const error = new LaresError([
      problem({ code: 'one', summary: 'First' }),
      problem({ code: 'two', summary: 'Second', address: 'web' }),
    ])
    expect([error.message, error.code]).toEqual(['First\nweb: Second', 'one'])
  })

  it('keeps its cause', () => {
    const cause = new Error('disk')
    expect(() => fail({ code: 'x', summary: 'X' }, cause)).toThrow(expect.objectContaining({ cause }))
    expect(() => fail({ code: 'x', summary: 'X' })).toThrow(expect.not.objectContaining({ cause: expect.anything() }))
  })

  it('is known by its shape, because another copy of core may have thrown it', () => {
    const foreign = Object.assign(new Error('x'), {
      name: 'LaresError',
      diagnostics: [problem({ code: 'x', summary: 'X' })],
    })
    expect(isLaresError(foreign)).toBe(true)
    for (const other of [
      new Error('x'),
      Object.assign(new Error('x'), { name: 'LaresError' }),
      { name: 'LaresError', diagnostics: [] },
      null,
      undefined,
      'x',
    ]) {
      expect(isLaresError(other)).toBe(false)
    }
  })
})

describe('toDiagnostics', () => {
  it('passes diagnostics on, and adds the address where there is none', () => {
    const error = new LaresError([
      problem({ code: 'a', summary: 'A' }),
      warning({ code: 'b', summary: 'B', address: 'db' }),
    ])
    expect(toDiagnostics(error, about)).toEqual([
      { severity: 'error', code: 'a', summary: 'A', address: 'web' },
      { severity: 'warning', code: 'b', summary: 'B', address: 'db' },
    ])
  })

  it('keeps the code, detail and advice of a tool’s error', () => {
    const error = Object.assign(new Error('no route'), {
      code: 'EHOSTUNREACH',
      detail: 'ssh: …',
      advice: 'Look at the cable.',
    })
    expect(toDiagnostics(error, about)).toEqual([
      {
        severity: 'error',
        code: 'EHOSTUNREACH',
        summary: 'It could not be created: no route',
        address: 'web',
        detail: 'ssh: …',
        advice: 'Look at the cable.',
      },
    ])
    expect(toDiagnostics(Object.assign(new Error('x'), { code: 7, detail: '' }), { summary: 'S' })).toEqual([
      { severity: 'error', code: 'failed', summary: 'S: x' },
    ])
  })

  it.each(['text', null, undefined, 7, Symbol('s')])('takes anything that can be thrown: %s', (thrown) => {
    expect(toDiagnostics(thrown, about)).toEqual([
      { severity: 'error', code: 'failed', summary: `It could not be created: ${String(thrown)}`, address: 'web' },
    ])
    expect(errorCode(thrown)).toBeUndefined()
  })
})

it('only errors count as errors', () => {
  const warned = warning({ code: 'w', summary: 'W' })
  expect([hasErrors([]), hasErrors([warned]), hasErrors([warned, problem({ code: 'e', summary: 'E' })])]).toEqual([
    false,
    false,
    true,
  ])
})

describe('suggest', () => {
  const names = ['image', 'ports', 'environment', 'memory', 'on', 'restart', 'network_mode']
  it.each([
    ['imgae', 'image'],
    ['Image', 'image'],
    ['port', 'ports'],
    ['enviroment', 'environment'],
    ['networkMode', 'network_mode'],
    ['onn', 'on'],
    ['no', undefined],
    ['cpu', undefined],
    ['volumes', undefined],
    ['', undefined],
  ])('%s: %s', (word, expected) => {
    expect(suggest(word, names)).toBe(expected)
    expect(didYouMean(word, names)).toEqual(
      expected === undefined ? undefined : { advice: `Did you mean "${expected}"?` },
    )
  })

  it('takes the nearest', () => expect(suggest('port', ['parts', 'sport', 'ports', 'port'])).toBe('port'))
})
