import { expect, test } from 'vitest'
import { parseYaml } from './parse.ts'
import { resolvePlain } from './plain-scalar.ts'
import { child, nearest, plain } from './tree.ts'

const data = async (text: string) => {
  const { documents, diagnostics } = await parseYaml(text, 'compose.yaml')
  expect(diagnostics).toEqual([])
  return plain(documents[0]!)
}

test.each([
  ['0440', 288],
  ['0o17', 15],
  ['0x1F', 31],
  ['1_000', 1000],
  ['-5', -5],
  ['1.50', 1.5],
  ['yes', 'yes'],
  ['12:30', '12:30'],
  ['2024-01-01', '2024-01-01'],
  ['~', null],
  ['true', true],
  ['09', 9],
  ['0b12', '0b12'],
])('%s is %j', (source, value) => {
  expect(resolvePlain(source).value).toEqual(value)
})

test('numbers are as text what Compose makes of them', () => {
  const texts = ['12345678901234567890', '1.50', '0440', '1234567.5', '0.00001'].map((it) => resolvePlain(it).text)
  expect(texts).toEqual(['12345678901234567890', '1.5', '288', '1.2345675e+06', '1e-05'])
})

test('aliases and merge keys are written out, the own value first', async () => {
  expect(await data('a: &a { x: 1, y: 1 }\nb: { <<: *a, y: 2 }\nc: { <<: [{ z: 3 }, *a] }\nd: *a')).toEqual({
    a: { x: 1, y: 1 },
    b: { x: 1, y: 2 },
    c: { z: 3, x: 1, y: 1 },
    d: { x: 1, y: 1 },
  })
})

test('an alias means the last anchor of its name before it', async () => {
  expect(await data('a: &x { n: &y 1 }\nb: *x\nc: &y 2\nd: *y\ne: *x\nf: *y\ng: &x 3\nh: *x')).toEqual({
    a: { n: 1 },
    b: { n: 1 },
    c: 2,
    d: 2,
    e: { n: 1 },
    f: 2,
    g: 3,
    h: 3,
  })
})

test('a value knows where its key stands, a merged one where it came from', async () => {
  const { documents } = await parseYaml('a: &a\n  x: 1\nb:\n  <<: *a\n  list:\n    - one\n    - two\n', 'f')
  expect(nearest(documents[0]!, ['b', 'list', 1]).at).toMatchObject({ file: 'f', line: 7, column: 7 })
  expect(child(child(documents[0], 'b'), 'x')?.at).toMatchObject({ file: 'f', line: 2, column: 3 })
})

test('tags of Compose are kept', async () => {
  const { documents } = await parseYaml('a: !reset null\nb: !override [x]\n', 'f')
  expect([child(documents[0], 'a')?.mark, child(documents[0], 'b')?.mark]).toEqual(['reset', 'override'])
})

test('every mistake is told with its place', async () => {
  const { diagnostics } = await parseYaml('a: 1\na: 2\nb: *none\n1: x\n', 'f')
  expect(diagnostics.every(({ code }) => code === 'compose_syntax')).toBe(true)
  expect(diagnostics.map(({ source }) => source?.line)).toContain(2)
})

test('aliases cannot blow it up', async () => {
  const lines = Array.from({ length: 12 }, (_, i) => `l${i + 1}: &l${i + 1} [${Array(10).fill(`*l${i}`).join(', ')}]`)
  const { diagnostics } = await parseYaml(`l0: &l0 x\n${lines.join('\n')}\n`, 'f')
  expect(diagnostics).toMatchObject([{ code: 'compose_too_large', source: { file: 'f' } }])
})

test.each([
  ['lists', '['.repeat(20_000)],
  ['mappings', `${'{ a: '.repeat(5000)}1${' }'.repeat(5000)}`],
  ['an alias in itself', 'a: &a [*a]'],
])('%s cannot nest without end', async (_, text) => {
  const { diagnostics } = await parseYaml(text, 'f')
  expect(diagnostics).not.toEqual([])
})

test('what stands in a file is not told with what is wrong in it', async () => {
  for (const text of [
    'a: *hunter2',
    'a: "x\\hunter2"',
    'a: {hunter2: ]',
    '%hunter2\na: b',
    'a: "hunter2',
    'a: @hunter2',
  ]) {
    const { diagnostics } = await parseYaml(`ok: 1\n${text}\n`, 'f')
    expect(diagnostics.length, text).toBeGreaterThan(0)
    for (const { summary, source } of diagnostics) {
      expect(summary).not.toContain('hunter2')
      expect(source).toMatchObject({ confidential: true })
    }
  }
})
