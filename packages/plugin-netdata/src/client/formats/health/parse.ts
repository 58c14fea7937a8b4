import { isDeepStrictEqual } from 'node:util'
import { didYouMean } from '@lares/core'
import type { AgentVersion } from '../../version.ts'
import type { Alarm } from './alarm.ts'
import { type Field, fieldOf, isEverything, keyOf, keys, lifetimeProblem } from './keys.ts'
import { LONGEST_LINE, type LogicalLine, logicalLines, type Place } from './lines.ts'
import { HealthSyntaxError, type SyntaxProblem } from './syntax.ts'

/** Something in a file of health.d that the agent would refuse, pass over, or take for something else. */
export interface HealthProblem extends SyntaxProblem, Place {
  /** The line of the alarm that it is about. */
  readonly field?: Field | undefined
}

export interface HealthEntry extends Place {
  readonly alarm: Alarm
}

export interface HealthFile {
  readonly entries: readonly HealthEntry[]
  readonly problems: readonly HealthProblem[]
}

const knownKeys = Object.values(keys).map(({ key }) => key)

interface Draft extends Place {
  readonly values: Partial<Record<Field, unknown>>
  readonly given: Set<Field>
}

/**
 * Reads a file of health.d as the agent of that version does, and tells all that it would not load as written.
 * (netdata: health/health_config.c, `health_readfile`; since 1.45 src/health/health_config.c.)
 */
export function parseHealth(text: string, version: AgentVersion): HealthFile {
  const drafts: Draft[] = []
  const problems: HealthProblem[] = []
  for (const line of logicalLines(text)) {
    const refusal = readLine(line, version, drafts)
    if (refusal) problems.push({ ...refusal.problem, ...line.placeOf(refusal.at), field: refusal.field })
  }
  for (const { line, column, values, given } of drafts)
    for (const reason of missingIn(values, given)) problems.push({ code: 'invalid_input', reason, line, column })
  problems.sort((a, b) => a.line - b.line || a.column - b.column)
  const entries = drafts.map(({ line, column, values }) => ({ line, column, alarm: values as unknown as Alarm }))
  return { entries, problems }
}

interface Refusal {
  readonly at: number
  readonly problem: SyntaxProblem
  readonly field?: Field
}

const refused = (reason: string, more: { field?: Field; advice?: string } = {}, at = 0): Refusal => {
  const { field, advice } = more
  return { at, problem: { code: 'invalid_input', reason, advice }, ...(field ? { field } : {}) }
}

function readLine(line: LogicalLine, version: AgentVersion, drafts: Draft[]): Refusal | undefined {
  if (line.text.length > LONGEST_LINE) return refused(`the line has more than ${LONGEST_LINE} characters`)
  const colon = line.text.indexOf(':')
  if (colon < 0) return refused('expected a line as "warn: $this > 80", and there is no ":"')
  const key = line.text.slice(0, colon).replace(/\s+/g, ' ').trim().toLowerCase()
  const field = fieldOf(key)
  if (!field) return refused(`"${key}" is no line of an alarm`, didYouMean(key, knownKeys))
  const value = line.text.slice(colon + 1).trim()
  if (value === '') return refused(`"${key}" has no value`, { field })

  const isName = field === 'alarm' || field === 'template'
  if (isName) drafts.push({ line: line.line, column: line.column, values: {}, given: new Set() })
  const draft = drafts.at(-1)
  if (!draft) return refused(`"${key}" stands before the first "alarm:" or "template:"`, { field })
  const { values, given } = draft
  const isRepeated = given.has(field)
  given.add(field)
  const lifetime = isEverything(field, value) ? undefined : lifetimeProblem(field, version)
  if (lifetime) return { at: 0, problem: lifetime, field }
  if (keyOf(field).templateOnly && values.alarm !== undefined)
    return refused(`"${key}" is only for templates`, { field, advice: 'An alarm has one chart, which "on" names.' })
  const before = values[field]
  try {
    values[field] = keyOf(field).parse(value, version)
  } catch (error) {
    if (!(error instanceof HealthSyntaxError)) throw error
    const problem = { ...error.problem, reason: `${key}: ${error.problem.reason}` }
    return { at: line.text.length - value.length + error.at, problem, field }
  }
  if (isRepeated && !isDeepStrictEqual(before, values[field]))
    return refused(`"${key}" stands here for the second time`, { field })
  if (isName && !/^[\w.]+$/.test(value))
    return refused(`"${value}" is no name of an alarm`, {
      field,
      advice: 'Use letters, digits, "." and "_": agents make "_" of all else.',
    })
  return undefined
}

function missingIn(values: Draft['values'], given: ReadonlySet<Field>): string[] {
  const kind = values.template === undefined ? 'alarm' : 'template'
  const name = `${kind} "${values[kind]}"`
  const what = kind === 'alarm' ? 'chart' : 'context'
  const computes = (['lookup', 'calc', 'warn', 'crit'] as const).some((each) => given.has(each))
  return [
    ...(given.has('on') ? [] : [`${name} has no "on", which names its ${what}`]),
    ...(given.has('every') || given.has('lookup')
      ? []
      : [`${name} has neither "every" nor "lookup", so it never runs`]),
    ...(computes ? [] : [`${name} has neither "lookup", "calc", "warn" nor "crit", so it computes nothing`]),
  ]
}
