import { askAlarmsV1, readFlagsV1 } from './alarms-v1.ts'
import { askAlertsV3 } from './alerts-v3.ts'
import { isNetdataError, NetdataError } from './error.ts'
import { type AgentInfo, type MirroredHost, newestApi, readInfo } from './info.ts'
import type { NodeOptions, Scope } from './scope.ts'

/** Netdata's own words, in lower case. */
export type AlarmStatus = 'clear' | 'warning' | 'critical' | 'undefined' | 'uninitialized' | 'removed'

/** An alarm on one chart, told alike by every version. */
export interface Alarm {
  /** `chart.name`, its key in the first API. */
  readonly key: string
  readonly name: string
  /** Name of its chart. */
  readonly chart: string
  readonly context: string | null
  readonly status: AlarmStatus
  /** Null when it could not be calculated. */
  readonly value: number | null
  readonly units: string | null
  /** One line about it; agents before 1.42 have none. */
  readonly summary: string | null
  readonly info: string | null
  /** When its status last changed. */
  readonly since: Date | null
  /** When it was last calculated. */
  readonly updated: Date | null
  /** Role that is told of it; `silent` for nobody. */
  readonly recipient: string | null
  readonly class: string | null
  readonly component: string | null
  readonly type: string | null
  /** Nobody is told; null where the API does not say. */
  readonly silenced: boolean | null
  /** It is not calculated; null where the API does not say. */
  readonly disabled: boolean | null
  readonly source: AlarmSource | null
  /** Hostname. */
  readonly node: string
}

/** Where an alarm is written. */
export interface AlarmSource {
  readonly file: string | null
  readonly line: number | null
  /** As the agent says it. */
  readonly text: string
}

export interface AlarmOptions extends NodeOptions {
  /** Also those that are not raised. */
  readonly all?: boolean
}

export interface NodeAlarms {
  readonly node: MirroredHost
  /** False where health checks are off; null where the API does not say. Then, and while a node is unreachable, no alarm means nothing. */
  readonly health: boolean | null
  readonly alarms: readonly Alarm[]
}

/** @throws NetdataError `unknown_node`. */
export async function readAlarms(scope: Scope, options: AlarmOptions = {}): Promise<NodeAlarms> {
  const { node, all = false, ...call } = options
  const info = await readInfo(scope, call)
  const host = hostOf(scope, info, node)
  const { health, alarms } = await ask(scope, info, host, options)
  return { node: host, health, alarms: all ? alarms : alarms.filter(({ status }) => isRaised(status)) }
}

export const isRaised = (status: AlarmStatus): boolean => status === 'warning' || status === 'critical'

async function ask(scope: Scope, info: AgentInfo, host: MirroredHost, options: AlarmOptions) {
  if (newestApi(info.version) < 3) return await askAlarmsV1(scope, host, options)
  try {
    const [told, flags] = await Promise.all([askAlertsV3(scope, host, options), askFlags(scope, options)])
    return { ...told, alarms: told.alarms.map((one) => ({ ...one, ...flags.get(one.key) })) }
  } catch (error) {
    // Previews of 2.0 called themselves so before they had it.
    if (!isNetdataError(error, 'not_found')) throw error
    return await askAlarmsV1(scope, host, options)
  }
}

/** Which alarms are quiet or off only the first API says, in 2.x, too; without it that is not known. */
async function askFlags(
  scope: Scope,
  options: AlarmOptions,
): Promise<ReadonlyMap<string, Pick<Alarm, 'silenced' | 'disabled'>>> {
  try {
    const flags = await readFlagsV1(scope, options)
    return new Map(flags.map(({ key, silenced, disabled }) => [key, { silenced, disabled }]))
  } catch (error) {
    if (!isNetdataError(error, 'not_found', 'bad_answer')) throw error
    return new Map()
  }
}

/** Of several that share a name, one that streams is meant. */
function hostOf({ reach }: Scope, { hosts }: AgentInfo, node: string | undefined): MirroredHost {
  const named =
    node === undefined ? hosts.slice(0, 1) : hosts.filter(({ hostname, id }) => node === hostname || node === id)
  const host = named.find(({ reachable }) => reachable) ?? named[0]
  if (host) return host
  throw new NetdataError('unknown_node', `${reach.description} knows no node "${node}"`, {
    advice: `It knows ${hosts.map(({ hostname }) => hostname).join(', ')}.`,
  })
}
