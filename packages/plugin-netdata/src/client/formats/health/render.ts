import { type Diagnostic, hasErrors, LaresError, problem } from '@lares/core'
import type { AgentVersion } from '../../version.ts'
import { formatSeconds, wholeSeconds } from '../durations.ts'
import type { Alarm } from './alarm.ts'
import { type Field, fields, isEverything, keyOf, lifetimeProblem } from './keys.ts'
import { formatLookup } from './lookup.ts'
import { type HealthProblem, parseHealth } from './parse.ts'
import { formatDelay, formatRepeat } from './times.ts'
import { formatLabels } from './values.ts'

const quoted = ['class', 'type', 'component', 'units', 'exec', 'to', 'summary', 'info'] as const satisfies Field[]

/** What stands before a value: the longest key, and `: `. */
const INDENT = 14

/** Lines of an alarm, in the order of Netdata's own files; throws a LaresError of all that the agent would not take. */
export function renderAlarm(alarm: Alarm, version: AgentVersion): string {
  const wrong: Diagnostic[] = []
  const lines = fields.flatMap((field) => {
    const value = formatField(alarm, field)
    if (value === undefined) return []
    const { key } = keyOf(field)
    const lifetime = lifetimeProblem(field, version)
    if (lifetime?.code === 'agent_too_new' && isEverything(field, value)) return []
    wrong.push(...textProblems(field, value))
    return [`${`${key}: `.padStart(INDENT)}${value}`]
  })
  if (hasErrors(wrong)) throw new LaresError(wrong)
  const text = `${lines.join('\n')}\n`
  const { problems } = parseHealth(text, version)
  if (problems.length > 0) throw new LaresError(problems.map(diagnosticOf))
  return text
}

/** Columns count from the first of the value, not of the line that nobody has seen. */
function diagnosticOf({ code, reason, advice, field, column }: HealthProblem): Diagnostic {
  const where = column > INDENT ? `, at column ${column - INDENT}` : ''
  return problem({ code, summary: reason + where, ...(field ? { path: field } : {}), ...(advice ? { advice } : {}) })
}

function formatField(alarm: Alarm, field: Field): string | undefined {
  const value = alarm[field]
  if (value === undefined) return undefined
  if (field === 'every') return formatSeconds(wholeSeconds(alarm.every!, field))
  if (field === 'lookup') return formatLookup(alarm.lookup!)
  if (field === 'delay') return formatDelay(alarm.delay!)
  if (field === 'repeat') return formatRepeat(alarm.repeat!)
  if (field === 'hostLabels' || field === 'chartLabels') return formatLabels(alarm[field]!)
  return Array.isArray(value) ? value.join(' ') : String(value)
}

function textProblems(field: Field, value: string): Diagnostic[] {
  const tell = (summary: string, advice: string) => [problem({ code: 'invalid_input', path: field, summary, advice })]
  if (/[\r\n]/.test(value)) return tell(`${field} has more than one line`, 'Write it in one line.')
  if (value.trimEnd().endsWith('\\'))
    return tell(`${field} ends with "\\", which joins the next line to it`, 'Leave it out.')
  if ((quoted as readonly Field[]).includes(field) && /['"]/.test(value))
    return tell(`${field} has quotes, which agents make spaces of`, 'Leave them out, or use ’.')
  return []
}
