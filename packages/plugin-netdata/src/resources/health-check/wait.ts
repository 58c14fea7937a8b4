import { setTimeout as sleep } from 'node:timers/promises'
import { type DiagnosticInput, fail, milliseconds } from '@lares/core'
import { type Alarm, isNetdataError, type NetdataAgent } from '../../client/index.ts'
import type { Inputs } from './inputs.ts'
import { type Health, readHealth } from './state.ts'

const PAUSE = 1000

/** Resolves once nothing has been wrong for as long as was said; rejects with what still is when there is no time left for that. */
export async function untilHealthy(agent: NetdataAgent, inputs: Inputs, signal: AbortSignal): Promise<void> {
  const [within, lasting] = [milliseconds(inputs.within), milliseconds(inputs.for)]
  const end = performance.now() + within
  let since: number | undefined
  for (;;) {
    const wrong = await whatIsWrong(agent, inputs, signal)
    const now = performance.now()
    since = wrong ? undefined : (since ?? now)
    if (since !== undefined && now - since >= lasting) return
    if (wrong && now >= end) throw wrong.error
    const left = since === undefined ? end - now : since + lasting - now
    await sleep(Math.max(0, Math.min(PAUSE, left)), undefined, { signal })
  }
}

/** An agent that is being started again answers soon. */
async function whatIsWrong(
  agent: NetdataAgent,
  inputs: Inputs,
  signal: AbortSignal,
): Promise<{ error: unknown } | undefined> {
  try {
    const diagnostic = complaint(await readHealth(agent, inputs, signal), inputs)
    if (diagnostic) fail(diagnostic)
    return undefined
  } catch (error) {
    signal.throwIfAborted()
    if (isNetdataError(error, 'forbidden', 'refused')) throw error
    return { error }
  }
}

/** Why a gate is shut; undefined when it is open. */
export function complaint({ alarms, raised, missing }: Health, inputs: Inputs): DiagnosticInput | undefined {
  const { hostname, reachable } = alarms.node
  if (!reachable) {
    return {
      code: 'node_not_streaming',
      path: 'node',
      summary: `${hostname} does not stream to the agent, so nothing is known of its alarms`,
    }
  }
  if (alarms.health === false) {
    return {
      code: 'health_disabled',
      summary: `The agent does not watch ${hostname}: its health checks are off`,
      advice: 'Set "enabled = yes" in [health] of its netdata.conf.',
    }
  }
  if (raised.length > 0) {
    return {
      code: 'alarms_raised',
      summary:
        raised.length === 1
          ? `The alarm ${told(raised[0]!)}`
          : `${raised.length} alarms of ${hostname} are raised: ${raised.map(({ name, chart }) => `${name} on ${chart}`).join(', ')}`,
      detail: raised.map(inFull).join('\n'),
      advice: `What depends on this goes on when they are clear: apply again then, or give it more time with \`within\`.`,
    }
  }
  if (missing.length === 0 || inputs.missing === 'ignore') return undefined
  return {
    code: 'alarm_missing',
    path: 'alarms',
    summary: `${hostname} has no alarm ${missing.join(', ')}`,
    advice: 'An alarm is there once its chart is. Correct the name, or set `missing: "ignore"`.',
  }
}

const reading = ({ value, units }: Alarm) =>
  value === null ? 'unknown' : `${Number(value.toPrecision(6))}${units ? ` ${units}` : ''}`

const told = (alarm: Alarm) => `${alarm.name} on ${alarm.chart} is ${alarm.status}: ${reading(alarm)}`

const inFull = (alarm: Alarm) =>
  [told(alarm), alarm.since && `, since ${alarm.since.toISOString()}`, alarm.info && `: ${alarm.info}`]
    .filter(Boolean)
    .join('')
