import * as z from 'zod'
import { askJson, moment, text } from './answer.ts'
import { isNetdataError, NetdataError } from './error.ts'
import { type NodeOptions, pathOf, type Scope } from './scope.ts'

export interface Chart {
  readonly id: string
  /** What alarms call it; often the same as its id. */
  readonly name: string
  readonly title: string
  readonly family: string
  readonly context: string
  /** Of all its numbers, such as `%` or `MiB/s`. */
  readonly units: string
  readonly plugin: string | null
  readonly module: string | null
  /** Seconds between two measurements. */
  readonly updateEvery: number
  readonly firstEntry: Date | null
  readonly lastEntry: Date | null
  readonly dimensions: readonly { readonly id: string; readonly name: string }[]
  /** Names of the alarms on it. */
  readonly alarms: readonly string[]
  readonly labels: Readonly<Record<string, string>>
}

/** One of `/api/v1/charts`. */
export const chartAnswer = z.object({
  id: z.string().min(1),
  name: z.string(),
  title: z.string(),
  family: z.string(),
  context: z.string(),
  units: z.string(),
  plugin: text,
  module: text,
  update_every: z.number().positive(),
  first_entry: moment,
  last_entry: moment,
  dimensions: z.record(z.string(), z.object({ name: z.string() })),
  alarms: z.record(z.string(), z.unknown()).nullish(),
  chart_labels: z.record(z.string(), z.string()).nullish(),
})

const chartsAnswer = z.object({ charts: z.record(z.string(), chartAnswer) })

export const chartOf = (answer: z.output<typeof chartAnswer>): Chart => ({
  id: answer.id,
  name: answer.name,
  title: answer.title,
  family: answer.family,
  context: answer.context,
  units: answer.units,
  plugin: answer.plugin,
  module: answer.module,
  updateEvery: answer.update_every,
  firstEntry: answer.first_entry,
  lastEntry: answer.last_entry,
  dimensions: Object.entries(answer.dimensions).map(([id, { name }]) => ({ id, name })),
  alarms: Object.keys(answer.alarms ?? {}),
  labels: answer.chart_labels ?? {},
})

export async function readCharts({ reach }: Scope, { node, ...options }: NodeOptions = {}): Promise<Chart[]> {
  const { charts } = await askJson(reach, chartsAnswer, {
    request: 'list the charts',
    path: pathOf(node, 'charts'),
    options,
  })
  return Object.values(charts).map(chartOf)
}

/** @throws NetdataError `unknown_chart` for an id or name that no chart has. */
export async function readChart(
  { reach }: Scope,
  chart: string,
  { node, ...options }: NodeOptions = {},
): Promise<Chart> {
  const request = `read the chart ${chart}`
  const question = { request, path: pathOf(node, 'chart'), query: { chart }, options }
  return await namingChart(chart, async () => chartOf(await askJson(reach, chartAnswer, question)))
}

/** An agent that does not find a chart says 404, as for anything else. */
export async function namingChart<T>(chart: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (error) {
    if (!isNetdataError(error, 'not_found') || !/Chart is not found/i.test(error.detail)) throw error
    throw new NetdataError('unknown_chart', `There is no chart ${chart}`, {
      detail: error.detail,
      advice: 'Charts appear when their first value is collected; look at /api/v1/charts.',
      ...(error.status !== undefined && { status: error.status }),
      cause: error,
    })
  }
}
