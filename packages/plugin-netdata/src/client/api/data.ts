import * as z from 'zod'
import { askJson, reading } from './answer.ts'
import { type Chart, readChart } from './charts.ts'
import { NetdataError } from './error.ts'
import { type NodeOptions, pathOf, type Scope } from './scope.ts'

/** How several measurements become one. An agent takes the average for a method that it does not know. */
export const GROUPINGS = [
  'average',
  'min',
  'max',
  'sum',
  'median',
  'stddev',
  'cv',
  'ses',
  'des',
  'incremental-sum',
  'countif',
] as const
export type Grouping = (typeof GROUPINGS)[number]

export interface DataQuery extends NodeOptions {
  /** Its id or name. */
  readonly chart: string
  /** When it starts. A number is in seconds, negative ones count back from `before`; -600 when absent. */
  readonly after?: Date | number
  /** When it ends. A number is in seconds, negative ones count back from the last measurement. */
  readonly before?: Date | number
  /** Rows at most; all that are kept when absent. */
  readonly points?: number
  readonly group?: Grouping
  /** Names or simple patterns of dimensions; all when absent. */
  readonly dimensions?: readonly string[]
}

export interface ChartData {
  readonly chart: Chart
  /** Of every value. */
  readonly units: string
  /** Names, in the order of the chart. */
  readonly dimensions: readonly string[]
  /** The oldest first. A value is null where nothing was measured. */
  readonly rows: readonly { readonly time: Date; readonly values: Readonly<Record<string, number | null>> }[]
}

/** `/api/v1/data` with `format=json` and `options=ms`. */
export const dataAnswer = z
  .object({ labels: z.tuple([z.literal('time')], z.string()), data: z.array(z.array(reading).min(1)) })
  .refine(({ labels, data }) => data.every((row) => row.length === labels.length && isTime(row[0])), {
    error: 'rows do not fit the labels',
  })

const isTime = (value: number | null | undefined) => typeof value === 'number' && Math.abs(value) <= 8.64e15

/** @throws NetdataError `unknown_chart`, or `not_found` for dimensions that the chart does not have. */
export async function readData(scope: Scope, query: DataQuery): Promise<ChartData> {
  const { chart: name, after, before, points, group, dimensions, node, ...options } = query
  const request = `read the data of ${name}`
  if (group !== undefined && !GROUPINGS.includes(group)) {
    throw new NetdataError('refused', `${request}: "${group}" is no way to group values`, {
      advice: `Take one of ${GROUPINGS.join(', ')}.`,
    })
  }
  const chart = await readChart(scope, name, { node, ...options })
  const answer = await askJson(scope.reach, dataAnswer, {
    request,
    path: pathOf(node, 'data'),
    query: {
      chart: chart.id,
      after: seconds(after),
      before: seconds(before),
      points,
      group,
      dimensions: dimensions?.join('|'),
      format: 'json',
      options: 'ms',
    },
    options,
  })
  return { chart, units: chart.units, ...rowsOf(answer) }
}

const seconds = (moment: Date | number | undefined): number | undefined =>
  moment instanceof Date ? Math.floor(moment.getTime() / 1000) : moment

export function rowsOf({ labels, data }: z.output<typeof dataAnswer>): Pick<ChartData, 'dimensions' | 'rows'> {
  const dimensions = labels.slice(1)
  const rows = data.map(([time, ...values]) => ({
    time: new Date(time!),
    values: Object.fromEntries(dimensions.map((dimension, index) => [dimension, values[index] ?? null])),
  }))
  return { dimensions, rows: rows.sort((a, b) => a.time.getTime() - b.time.getTime()) }
}
