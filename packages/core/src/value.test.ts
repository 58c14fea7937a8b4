import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonical, equal, formatPath, mapTree, parsePath, valueAt } from './value.ts'

const path = fc.array(
  fc.oneof(fc.nat(), fc.string({ unit: 'binary' }), fc.constantFrom('a', 'a-b', '0', '08', '', '__proto__')),
)

describe('paths', () => {
  it.each([
    [[], ''],
    [['ports', 0, 'host'], 'ports[0].host'],
    [[0, 'a'], '[0].a'],
    [['labels', 'traefik.enable'], 'labels["traefik.enable"]'],
    [['a', '80', 80], 'a["80"][80]'],
    [['$x', 'read-only', 'A_1'], '$x.read-only.A_1'],
    [['', '"', '\n'], '[""]["\\""]["\\n"]'],
  ] as const)('%j is written %s', (steps, text) => {
    expect(formatPath(steps)).toBe(text)
    expect(parsePath(text)).toEqual(steps)
  })

  it('survive being written and read', () => {
    fc.assert(
      fc.property(path, (steps) => {
        expect(parsePath(formatPath(steps))).toEqual(steps)
      }),
      { numRuns: 1000 },
    )
  })

  it.each([
    '.a',
    'a.',
    'a..b',
    'a[',
    'a[]',
    'a[x]',
    'a[-1]',
    'a[01]',
    '[0]a',
    'a["b]',
    'a["\\x"]',
    'a]',
    'a.80',
    '${b',
    'a b',
    '"a"',
  ])('refuse %s', (text) => expect(() => parsePath(text)).toThrow(SyntaxError))

  it('take plain words that need no quotes from people', () => {
    expect(parsePath('labels.traefik/port.ünï')).toEqual(['labels', 'traefik/port', 'ünï'])
  })

  it('lead to own properties only', () => {
    expect(valueAt({ a: [{ b: null }] }, ['a', 0, 'b'])).toBe(null)
    for (const steps of [['constructor'], ['a', 'length', 'x'], ['a', 1], ['b', 'c'], ['__proto__']]) {
      expect(valueAt({ a: [1] }, steps)).toBeUndefined()
    }
  })
})

describe('equal', () => {
  const pairs = fc.tuple(fc.jsonValue(), fc.jsonValue())
  it('and the canonical text agree on any data', () => {
    const negativeZero = (text: string) => text === '0'
    fc.assert(
      fc.property(pairs, ([a, b]) => {
        expect(equal(a, structuredClone(a))).toBe(true)
        expect(canonical(a)).toBe(canonical(JSON.parse(canonical(a))))
        if (!negativeZero(canonical(a))) expect(equal(a, b)).toBe(canonical(a) === canonical(b))
      }),
    )
  })

  it.each([
    [{ a: 1, b: undefined }, { a: 1 }, true],
    [{ a: 1 }, { a: 1, b: undefined }, true],
    [{ a: 1 }, { a: 1, b: null }, false],
    [{ a: 1, b: 2 }, { b: 2, a: 1 }, true],
    [[1, 2], [2, 1], false],
    [[], {}, false],
    [['a'], { 0: 'a' }, false],
    [null, {}, false],
    ['1', 1, false],
  ])('%j and %j: %s', (a, b, expected) => {
    expect(equal(a, b)).toBe(expected)
    expect(equal(b, a)).toBe(expected)
    expect(canonical(a) === canonical(b)).toBe(expected)
  })
})

describe('mapTree', () => {
  it('copies any data when nothing is replaced', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (tree) => {
        expect(JSON.stringify(mapTree(tree, () => undefined))).toBe(JSON.stringify(tree))
      }),
    )
  })

  it('keeps a key that would change the copy itself', () => {
    const tree: unknown = JSON.parse('{"__proto__": {"admin": true}, "a": 1}')
    const copy = mapTree(tree, () => undefined) as { admin?: boolean }
    expect(JSON.stringify(copy)).toBe(JSON.stringify(tree))
    expect(copy.admin).toBeUndefined()
  })

  it('tells where each value stands, and does not look into what was replaced', () => {
    const seen: string[] = []
    const copy = mapTree({ a: [1, { b: 2 }], c: 3 }, (value, at) => {
      seen.push(formatPath(at))
      return Array.isArray(value) ? 'list' : undefined
    })
    expect([copy, seen]).toEqual([{ a: 'list', c: 3 }, ['', 'a', 'c']])
  })
})
