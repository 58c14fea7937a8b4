import * as z from 'zod'
import {
  type Alarm,
  type AlarmStatus,
  isExact,
  isNetdataError,
  matchesPattern,
  type NetdataAgent,
  type NodeAlarms,
  patternSource,
} from '../../client/index.ts'
import type { Inputs } from './inputs.ts'

export const attributes = z.object({
  hostname: z.string().describe('Of the node'),
  raised: z
    .array(
      z.object({
        name: z.string(),
        chart: z.string(),
        context: z.string().nullable(),
        status: z.string().describe('`warning` or `critical`'),
        value: z.number().nullable(),
        units: z.string().nullable(),
        since: z.string().nullable().describe('When it became so, as 2026-11-23T19:30:00.000Z'),
        info: z.string().nullable(),
      }),
    )
    .describe('The alarms that are raised'),
  absent: z.array(z.string()).describe('Names of alarms that do not exist'),
  check: z
    .object({ http: z.object({ url: z.string(), body: z.string() }) })
    .optional()
    .describe('The same as an HTTP check, for `checks` of containers on the same host; absent with `contexts`'),
})
export type Attributes = z.output<typeof attributes>

/** What keeps a gate shut. */
export interface Health {
  readonly alarms: NodeAlarms
  readonly meant: readonly Alarm[]
  readonly raised: readonly Alarm[]
  /** Names without wildcards that no alarm has. */
  readonly missing: readonly string[]
}

export async function readHealth(agent: NetdataAgent, inputs: Inputs, signal?: AbortSignal): Promise<Health> {
  const { node } = inputs
  try {
    return healthOf(await agent.api.alarms({ all: true, node, signal }), inputs)
  } catch (error) {
    if (node === undefined || !isNetdataError(error, 'unknown_node')) throw error
    const stranger = { hostname: node, id: '', reachable: false, hops: null }
    return healthOf({ node: stranger, health: null, alarms: [] }, inputs)
  }
}

export function healthOf(alarms: NodeAlarms, inputs: Inputs): Health {
  const meant = alarms.alarms.filter((alarm) => alarm.status !== 'removed' && isMeant(alarm, inputs))
  return {
    alarms,
    meant,
    raised: meant.filter(({ status }) => isRaisedTo(status, inputs)),
    missing: (inputs.alarms ?? []).filter((name) => isExact(name) && !meant.some((alarm) => alarm.name === name)),
  }
}

const isRaisedTo = (status: AlarmStatus, { severity }: Inputs) =>
  status === 'critical' || (status === 'warning' && severity === 'warning')

/** Exclusions alone exclude from all. */
const asOne = (patterns: readonly string[] = ['*']): string =>
  [...patterns, ...(patterns.every((pattern) => pattern.startsWith('!')) ? ['*'] : [])].join(' ')

const matches = (patterns: readonly string[] | undefined, text: string | null): boolean =>
  !patterns || (text !== null && matchesPattern(asOne(patterns), text))

const isMeant = ({ name, chart, context }: Alarm, { alarms, charts, contexts }: Inputs): boolean =>
  matches(alarms, name) && matches(charts, chart) && matches(contexts, context)

export function attributesOf(agent: NetdataAgent, inputs: Inputs, health: Health): Attributes {
  return {
    hostname: health.alarms.node.hostname,
    raised: health.raised.map(({ name, chart, context, status, value, units, since, info }) => ({
      ...{ name, chart, context, status, value, units, info },
      since: since?.toISOString() ?? null,
    })),
    absent: [...health.missing],
    ...(inputs.contexts ? {} : { check: { http: checkOf(agent, inputs) } }),
  }
}

/** What stands between two keys of one alarm: no other begins. */
const LATER = '(?:(?!"name":)[\\s\\S])*?'

/**
 * Words of the first API, which agents of every version still speak: what it lists of raised alarms, in which none may be that
 * is meant. It says the same whatever alarms there are.
 */
function checkOf({ place }: NetdataAgent, { node, alarms, charts, severity }: Inputs): { url: string; body: string } {
  const { address = '127.0.0.1', port } = place
  const path = node === undefined ? '' : `/host/${encodeURIComponent(node)}`
  const name = `"name":\\s*"${patternSource(asOne(alarms))}`
  const chart = `"chart":\\s*"${patternSource(asOne(charts))}`
  const status = `"status":\\s*"${severity === 'warning' ? '(?:WARNING|CRITICAL)' : 'CRITICAL'}"`
  return {
    url: `http://${address.includes(':') ? `[${address}]` : address}:${port}${path}/api/v1/alarms`,
    body: `^(?![\\s\\S]*${[name, chart, status].join(LATER)})`,
  }
}
