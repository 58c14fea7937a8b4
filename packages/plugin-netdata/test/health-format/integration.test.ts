import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { type Alarm, parseExpression, parseHealth, renderAlarm } from '../../src/client/formats/health/index.ts'
import { parseVersion } from '../../src/client/version.ts'
import { startAgent, until } from '../agents.ts'

const agent = await startAgent({ name: 'oracle' })
afterAll(() => agent.stop())
const version = parseVersion('1.37.1')!

/** What the agent says of lines of health.d: its complaints, and the alarms that it has by their names. */
async function told(text: string) {
  const log = `${agent.folder}/log/error.log`
  const marker = `end_${crypto.randomUUID().replaceAll('-', '')}`
  const from = readFileSync(log, 'utf8').length
  agent.writeAlarms('oracle', `${text}\nalarm: ${marker}\non: system.load\nevery: 10s\nwarn: 0\n`)
  const alarms = await until('the alarms are loaded', async () => {
    const answer = await fetch(`${agent.url}/api/v1/alarms?all`)
    const { alarms } = (await answer.json()) as { alarms: Record<string, Record<string, unknown>> }
    const all = Object.values(alarms)
    return all.some(({ name }) => name === marker) && new Map(all.map((each) => [String(each['name']), each]))
  })
  const complaints = readFileSync(log, 'utf8')
    .slice(from)
    .split('\n')
    .filter((line) => /Health configuration|Ignoring unknown/.test(line))
  return { alarms, complaints }
}

const accepts = (expression: string): boolean => {
  try {
    parseExpression(expression, version)
    return true
  } catch {
    return false
  }
}

const calculated = (expressions: readonly string[]) =>
  expressions.map((calc, index) => `alarm: e${index}\non: system.load\nevery: 10s\ncalc: ${calc}\nwarn: 1\n`).join('\n')

/** What expressions are made of. */
const pieces = fc.constantFrom(
  ...[
    '$this',
    '$a.b',
    '${a b}',
    '1',
    '2.5',
    '.5',
    '5.',
    '1e3',
    'nan',
    'inf',
    '(',
    ')',
    'abs(',
    'abs',
    '!',
    '!=',
    '==',
    '=',
    '<',
    '<=',
  ],
  ...['>', '>=', '<>', '&&', '||', 'AND', 'or', 'not', '+', '-', '*', '/', '%', '?', ':', ' ', ' ', ' '],
)
/** Where no operand follows a sign, NOT or abs, the agent crashes. */
const isSafe = (text: string) => text !== '' && (accepts(text) || !/[!+-]|not|abs/i.test(text))

describe('an agent of 1.37.1', () => {
  it('takes the expressions that this reader takes, and refuses the others', async () => {
    const made = fc.sample(broken, { numRuns: 3000, seed: 137 }).filter(isSafe)
    const valid = fc.sample(expression, { numRuns: 300, seed: 41 })
    const all = [...new Set([...valid, ...made])].filter((text) => accepts(text) || !isTakenAmiss(text))
    const { alarms } = await told(calculated(all))
    const differing = all.flatMap((text, index) => {
      const taken = alarms.get(`e${index}`)?.['calc'] !== undefined
      return taken === accepts(text) ? [] : [`${taken ? 'takes' : 'refuses'} ${text}`]
    })
    expect(valid.every(accepts)).toBe(true)
    const changed = all.filter((text) => !valid.includes(text))
    for (const some of [changed.filter(accepts), changed.filter((text) => !accepts(text))])
      expect(some.length).toBeGreaterThan(100)
    expect(differing).toEqual([])
  })

  it('loads alarms as they were written', async () => {
    const wanted = fc.sample(alarm, { numRuns: 150, seed: 7 }).map((each, index) => ({ ...each, alarm: `a${index}` }))
    const { alarms, complaints } = await told(wanted.map((each) => renderAlarm(each, version)).join('\n'))
    expect(complaints).toEqual([])
    for (const { alarm, units, delay, lookup } of wanted) {
      const found = alarms.get(alarm)
      expect(found, alarm).toMatchObject({ units, lookup_method: lookup!.method, delay_multiplier: delay!.multiplier })
    }
  })

  it('complains of what this reader refuses', async () => {
    const lines = [
      ...['lookup: middle -1m', 'lookup: average', 'lookup: average -1m sideways', 'lookup: average -1m at x'],
      ...[
        'lookup: countif(>5) -1m',
        'lookup: average -1m max',
        'delay: up',
        'delay: sideways 1m',
        'delay: multiplier 0',
      ],
      ...[
        'repeat: warning',
        'repeat: critical x',
        'options: sometimes',
        'every: x',
        'green: x',
        'units',
        'hours: 5',
        'info:',
      ],
      ...['summary: a', 'chart labels: a=b', 'families: *', 'charts: *', 'on: system.cpu', 'warn: 1 2'],
    ]
    for (const line of lines) {
      const text = `alarm: bad\non: system.load\ncalc: 1\nevery: 10s\nwarn: 1\n${line}\n`
      const { complaints } = await told(text)
      expect(complaints, line).not.toEqual([])
      expect(parseHealth(text, version).problems, line).not.toEqual([])
    }
  })
})

/** With what crashes an agent when it is broken, or without. */
const expressions = (signs: boolean): fc.Arbitrary<string> =>
  fc.letrec<{ operand: string; expression: string }>((tie) => ({
    operand: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      fc.constantFrom('$this', '$status', '${a b}', '$system.load.load1', '1', '2.5', 'nan', 'inf', '.5', '1e3'),
      tie('expression').map((inner) => `(${inner})`),
      ...(signs ? ['abs(', '!', 'NOT ', 'not', '- ', '-', '+'] : []).map((sign) =>
        tie('expression').map((inner) => (sign === 'abs(' ? `abs(${inner})` : `${sign}(${inner})`)),
      ),
    ),
    expression: fc.oneof(
      tie('operand'),
      fc
        .tuple(tie('operand'), fc.constantFrom(...operators, ...(signs ? ['+', '-'] : [])), tie('operand'))
        .map((parts) => parts.join(' ')),
      fc.tuple(tie('operand'), tie('operand'), tie('operand')).map(([a, b, c]) => `${a} ? ${b} : ${c}`),
    ),
  })).expression
const operators = ['*', '/', '<', '<=', '==', '=', '!=', '>', '>=', '&&', '||', 'AND', 'or']
const expression = expressions(true)

/** One that may be wrong in one place. */
const broken = fc
  .tuple(expressions(false), fc.nat(), fc.constantFrom(0, 1, 2), pieces)
  .map(([text, at, gone, piece]) => {
    const words = text.match(/\$\{[^}]*\}|[$\w.]+|\s+|./g)!
    words.splice(at % (words.length + 1), gone, piece)
    return words.join('').trim()
  })

/** What the agent takes for something else: a point alone for 0, `AND2.5` for `AND .5`, and `<>` at the end for nothing. */
const isTakenAmiss = (text: string): boolean => /(?<!\d)\.(?!\d)|\d[eE](?![\d+-])|(?:and|or)[\d($!+-]|<>$/i.test(text)

const seconds = fc.integer({ min: 1, max: 100_000 }).map((each) => `${each}s`)
const alarm: fc.Arbitrary<Alarm> = fc.record({
  alarm: fc.constant('a'),
  on: fc.constant('system.load'),
  class: fc.constantFrom('Errors', 'Latency'),
  lookup: fc.record({
    method: fc.constantFrom('average', 'max', 'sum', 'median', 'stddev'),
    after: seconds,
    before: seconds,
    every: seconds,
    options: fc.uniqueArray(
      fc.constantFrom('unaligned', 'absolute', 'percentage', 'min2max', 'null2zero', 'match-names'),
      { minLength: 1 },
    ),
    of: fc.uniqueArray(fc.constantFrom('load1', 'load5', 'load*', '!load15'), { minLength: 1 }),
  }),
  calc: expression,
  every: seconds,
  units: fc.constantFrom('%', 'MiB/s', 'things'),
  green: fc.integer({ min: -100, max: 100 }),
  warn: expression,
  crit: expression,
  delay: fc.record({ up: seconds, down: seconds, multiplier: fc.constantFrom(1, 1.5, 2), max: seconds }),
  repeat: fc.oneof(fc.constant('off' as const), fc.record({ warning: seconds, critical: seconds })),
  to: fc.constantFrom('silent', 'sysadmin webmaster'),
  info: fc.constantFrom('ünïcode ${family}', 'a, b: c # d'),
})
