import { type DiagnosticInput, didYouMean, type PrepareContext } from '@lares/core'
import type { Alarm } from '../../client/formats/health/index.ts'
import type { NetdataAgent } from '../../client/index.ts'
import { sharedQuestion } from '../../client/shared-question.ts'
import { type KnownCharts, knownCharts } from './change.ts'
import type { Inputs } from './inputs.ts'
import { isFrom, seenAlarms } from './state.ts'
import { alarmsIn, fileNameOf, textOf } from './text.ts'

const chartsOf = sharedQuestion(knownCharts)
const alarmsOf = sharedQuestion(seenAlarms)

/** Rejects what the agent would not take, and warns of what it would take and not act on. */
export async function lookForDoubts({
  connection,
  inputs,
  owner,
  signal,
  warn,
}: PrepareContext<Inputs, NetdataAgent>): Promise<void> {
  const version = await connection.version(signal)
  if (!version) return
  const text = textOf(inputs, version)
  if (!inputs.enabled) return
  const [charts, seen = []] = await Promise.all([chartsOf(connection, signal), alarmsOf(connection, signal)])
  const others = seen.filter((alarm) => !isFrom(alarm, fileNameOf(owner)))
  for (const alarm of alarmsIn(text, version)) {
    if (charts) for (const doubt of unknownChart(alarm, charts)) warn(doubt)
    const name = alarm.alarm ?? alarm.template
    const other = others.find((each) => each.name === name && (alarm.template !== undefined || each.chart === alarm.on))
    if (other?.source?.file && !/\/lares-[^/]*$/.test(other.source.file))
      warn({
        code: 'alarm_replaced',
        path: alarm.alarm === undefined ? 'template' : 'alarm',
        summary: `${other.source.file} has an alarm "${name}", too: where both are about one chart, this one takes its place`,
        advice: 'Give this one another name to have both.',
      })
  }
}

/** It may come yet: agents attach an alarm when its chart appears. */
function unknownChart({ alarm, template, on }: Alarm, { has, charts, contexts }: KnownCharts): DiagnosticInput[] {
  if (template === undefined ? has(on) : contexts.includes(on)) return []
  const suggestion = didYouMean(on, template === undefined ? charts : contexts)
  const what = template === undefined ? 'chart' : 'context'
  const advice = suggestion?.advice ?? `The alarm "${alarm ?? template}" waits until it has.`
  return [{ code: `unknown_${what}`, path: what, summary: `The agent has no ${what} "${on}" now`, advice }]
}
