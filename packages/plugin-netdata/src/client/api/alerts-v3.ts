import * as z from 'zod'
import { alarmSource, alarmStatus, told } from './alarm-parts.ts'
import type { Alarm, AlarmOptions } from './alarms.ts'
import { askJson, moment, reading, text } from './answer.ts'
import type { MirroredHost } from './info.ts'
import type { Scope } from './scope.ts'

const instance = z.object({
  ni: z.number(),
  nm: z.string().min(1),
  ch: z.string().min(1),
  ch_n: text,
  ctx: text,
  st: alarmStatus,
  v: reading.optional(),
  units: text,
  sum: text,
  info: text,
  tr_t: moment,
  t: moment,
  to: text,
  cl: told,
  cm: told,
  tp: told,
  src: alarmSource,
})

/**
 * `/api/v3/alerts` with `options=instances,values`. Its published schema says only that it is an object; the fields are
 * those of src/database/contexts/api_v2_contexts_alerts.c of 2.x.
 */
export const alertsAnswer = z.object({
  nodes: z.array(z.object({ mg: z.string(), nm: z.string(), ni: z.number() })),
  alert_instances: z.array(instance),
})

export async function askAlertsV3({ reach }: Scope, host: MirroredHost, { node: _, all, ...options }: AlarmOptions) {
  const answer = await askJson(reach, alertsAnswer, {
    request: 'read the alerts',
    path: '/api/v3/alerts',
    query: { options: 'instances,values', scope_nodes: host.id, status: all ? undefined : 'raised' },
    options,
  })
  return { health: null, alarms: alertsOf(answer, host) }
}

/** Those of one node, whatever other nodes the answer tells of. */
export function alertsOf({ nodes, alert_instances }: z.output<typeof alertsAnswer>, host: MirroredHost): Alarm[] {
  const own = new Set(nodes.filter(({ mg }) => mg === host.id).map(({ ni }) => ni))
  return alert_instances
    .filter(({ ni }) => own.has(ni))
    .map((one) => {
      const chart = one.ch_n ?? one.ch
      return {
        key: `${chart}.${one.nm}`,
        name: one.nm,
        chart,
        context: one.ctx,
        status: one.st,
        value: one.v ?? null,
        units: one.units,
        summary: one.sum,
        info: one.info,
        since: one.tr_t,
        updated: one.t,
        recipient: one.to,
        class: one.cl,
        component: one.cm,
        type: one.tp,
        silenced: null,
        disabled: null,
        source: one.src,
        node: host.hostname,
      }
    })
}
