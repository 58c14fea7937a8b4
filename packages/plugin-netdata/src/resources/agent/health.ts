import type { Alert, Health, InquiryContext } from '@lares/core'
import type { Host } from '@lares/transport'
import { type Alarm, connectApi, isNetdataError, type NetdataApi } from '../../client/index.ts'
import type { Inputs } from './inputs.ts'
import type { Attributes } from './state.ts'

/** Whether it answers, and what alarms are raised: its own, and those of the agents that stream to it now. */
export async function agentHealth({
  connection: host,
  observed: { running, address, port },
  signal,
}: InquiryContext<Inputs, Attributes, Host>): Promise<Health> {
  if (!running) return { state: 'down', summary: 'does not run' }
  if (address === undefined) return { state: 'healthy', summary: 'runs, and has no API to tell more' }
  const api = connectApi({ host, address, port })
  try {
    const { hosts } = await api.info({ signal })
    const nodes = hosts.filter(({ reachable }) => reachable)
    const alerts = await Promise.all(
      nodes.map(({ id }, index) => {
        const own = index === 0
        // One that goes just now tells nothing of the agent that it streams to.
        return alertsOf(api, id, own, signal).catch((error) =>
          own || !isNetdataError(error) ? fail(error) : undefined,
        )
      }),
    )
    const silent = alerts.filter((one) => one === undefined).length
    const away = hosts.length - nodes.length
    const children = nodes.length - 1
    return {
      state: 'healthy',
      summary: [
        'runs',
        ...(children > 0 ? [`${children} stream${children === 1 ? 's' : ''} to it`] : []),
        ...(away > 0 ? [`${away} no longer`] : []),
        ...(silent > 0 ? [`the alarms of ${silent} are not known`] : []),
      ].join(', '),
      alerts: alerts.flatMap((one) => one ?? []),
    }
  } catch (error) {
    if (!isNetdataError(error)) throw error
    return { state: error.code === 'starting' ? 'starting' : 'down', summary: error.message }
  } finally {
    api.close()
  }
}

const fail = (error: unknown): never => {
  throw error
}

async function alertsOf(api: NetdataApi, id: string, isItself: boolean, signal: AbortSignal): Promise<Alert[]> {
  const { alarms } = await (isItself ? api : api.node(id)).alarms({ signal })
  return alarms.filter(({ silenced, disabled }) => !silenced && !disabled).map((each) => alertOf(each, isItself))
}

function alertOf({ name, chart, status, value, units, summary, info, since, node }: Alarm, isItself: boolean): Alert {
  const measured = value === null ? [] : [`${Number(value.toFixed(2))}${units ? ` ${units}` : ''}`]
  return {
    ...{ name, source: chart, severity: status === 'critical' ? 'critical' : 'warning' },
    summary: [...measured, ...((summary ?? info) ? [summary ?? info] : [])].join(': '),
    ...(since ? { since: since.toISOString() } : {}),
    ...(isItself ? {} : { host: node }),
  }
}
