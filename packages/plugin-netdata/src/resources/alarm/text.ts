import { LaresError, type Owner, problem } from '@lares/core'
import { type Alarm, type HealthProblem, parseHealth, renderAlarm } from '../../client/formats/health/index.ts'
import type { AgentVersion } from '../../client/version.ts'
import { alarmOf, type Inputs } from './inputs.ts'

/** Lines of health.d as an agent of that version takes them; throws a LaresError that tells all that it would not. */
export function textOf(inputs: Inputs, version: AgentVersion): string {
  const alarm = alarmOf(inputs)
  if (alarm) return renderAlarm(alarm, version)
  const text = `${inputs.raw!.replace(/\n*$/, '')}\n`
  const { problems, entries } = parseHealth(text, version)
  if (entries.length === 0 && problems.length === 0)
    throw new LaresError([problem({ code: 'invalid_input', path: 'raw', summary: 'There is no alarm in it' })])
  if (problems.length > 0) throw new LaresError(problems.map(diagnosticOf))
  return text
}

const diagnosticOf = ({ code, line, column, reason, advice }: HealthProblem) =>
  problem({
    ...{ code, path: 'raw', summary: `Line ${line}, column ${column}: ${reason}` },
    ...(advice === undefined ? {} : { advice }),
  })

/** The alarms of lines that may have been written by hand. */
export const alarmsIn = (text: string, version: AgentVersion): readonly Alarm[] =>
  parseHealth(text, version).entries.map(({ alarm }) => alarm)

const nameFrom = ({ lab, address }: Owner, between: string): string =>
  `lares-${lab}${between}${address}`.replace(/[^\w.-]/g, (character) => `~${character.codePointAt(0)!.toString(16)}`)

/** The name of its file, without `.conf`; what stands for others in an address is told by its number. Labs have no dot in their names. */
export const fileNameOf = (owner: Owner): string => nameFrom(owner, '.')

/** What it was called once. Two owners can have one such name, so the mark in the file tells whose it is. */
export const formerNameOf = (owner: Owner): string => nameFrom(owner, '-')
