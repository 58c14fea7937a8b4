import * as z from 'zod'
import { askJson, reading } from './answer.ts'
import { namingChart } from './charts.ts'
import { type NodeOptions, pathOf, type Scope } from './scope.ts'

type Variables = Readonly<Record<string, number | null>>

/** What the expressions of an alarm on a chart can name. */
export interface AlarmVariables {
  readonly chart: string
  readonly context: string
  readonly family: string
  /** Of the chart and its dimensions: `$user`, `$user_raw`, `$last_collected_t`. */
  readonly chartVariables: Variables
  /** Of the other charts of its family; agents of 2.x have none. */
  readonly familyVariables: Variables
  readonly hostVariables: Variables
}

const variables = z.record(z.string(), reading).nullish()

/** `/api/v1/alarm_variables`: dimensions are among the chart's variables in 1.x, and have records of their own in 2.x. */
export const variablesAnswer = z.object({
  chart: z.string(),
  chart_context: z.string(),
  family: z.string(),
  chart_variables: variables,
  family_variables: variables,
  host_variables: variables,
  dimensions_last_stored_values: variables,
  dimensions_last_collected_values: variables,
  dimensions_last_collected_time: variables,
})

export const variablesOf = (answer: z.output<typeof variablesAnswer>): AlarmVariables => ({
  chart: answer.chart,
  context: answer.chart_context,
  family: answer.family,
  chartVariables: {
    ...answer.chart_variables,
    ...answer.dimensions_last_stored_values,
    ...answer.dimensions_last_collected_values,
    ...answer.dimensions_last_collected_time,
  },
  familyVariables: answer.family_variables ?? {},
  hostVariables: answer.host_variables ?? {},
})

/** @throws NetdataError `unknown_chart`. */
export async function readAlarmVariables(
  { reach }: Scope,
  chart: string,
  { node, ...options }: NodeOptions = {},
): Promise<AlarmVariables> {
  const request = `read the alarm variables of ${chart}`
  const question = { request, path: pathOf(node, 'alarm_variables'), query: { chart }, options }
  return await namingChart(chart, async () => variablesOf(await askJson(reach, variablesAnswer, question)))
}
