import type { RequestOptions } from 'node:http'
import { type Host, httpAgent } from '@lares/transport'
import type { AgentVersion } from '../version.ts'
import { type AlarmEvent, type AlarmLogOptions, readAlarmLog } from './alarm-log.ts'
import { type AlarmVariables, readAlarmVariables } from './alarm-variables.ts'
import { type AlarmOptions, type NodeAlarms, readAlarms } from './alarms.ts'
import { type Chart, readChart, readCharts } from './charts.ts'
import { type ChartData, type DataQuery, readData } from './data.ts'
import { NetdataError } from './error.ts'
import { type AgentInfo, readInfo } from './info.ts'
import { ask, type CallOptions, excerpt, type Reach } from './request.ts'
import type { NodeOptions, Scope } from './scope.ts'
import { type HealthManagement, healthManagementOf } from './silencers.ts'

/** What an agent tells of a node: of itself, or of one that streams to it. */
export interface NodeApi {
  info(options?: NodeOptions): Promise<AgentInfo>
  charts(options?: NodeOptions): Promise<Chart[]>
  chart(chart: string, options?: NodeOptions): Promise<Chart>
  data(query: DataQuery): Promise<ChartData>
  alarms(options?: AlarmOptions): Promise<NodeAlarms>
  alarmLog(options?: AlarmLogOptions): Promise<AlarmEvent[]>
  alarmVariables(chart: string, options?: NodeOptions): Promise<AlarmVariables>
}

/** The HTTP API of a Netdata agent. Nothing is sent before it is asked something. */
export interface NetdataApi extends NodeApi {
  /** `http://127.0.0.1:19999`, and the host that it is on; for messages. */
  readonly description: string
  /** A node that streams to this agent. */
  node(hostname: string): NodeApi
  version(options?: CallOptions): Promise<AgentVersion>
  /** The whole configuration that it runs with, as the text of a netdata.conf; defaults are commented out. */
  configuration(options?: CallOptions): Promise<string>
  /** With the token of the file `netdata.api.key` of its lib folder. */
  health(token: string): HealthManagement
  close(): void
}

export type ConnectApiOptions =
  | {
      /** The machine that the agent runs on: over its one connection. */
      readonly host: Host
      /** Where it listens, as seen from there; 127.0.0.1 when absent. */
      readonly address?: string | undefined
      /** 19999 when absent. */
      readonly port?: number
    }
  | {
      /** Where it answers, with what a proxy puts in front: `https://netdata.lan/tower`. Credentials in it are sent as basic authentication. */
      readonly url: string
      /** For each request, such as `Authorization`. */
      readonly headers?: Readonly<Record<string, string>>
    }

export const DEFAULT_PORT = 19_999

/** A client of one agent. */
export function connectApi(options: ConnectApiOptions): NetdataApi {
  const reach = reachOf(options)
  const scope: Scope = { reach, contexts: new Map() }
  return {
    description: reach.description,
    ...nodeApi(scope),
    node: (hostname) => nodeApi(scope, hostname),
    version: async (options) => (await readInfo(scope, options)).version,
    configuration: (options) => readConfiguration(scope, options),
    health: (token) => healthManagementOf(scope, token),
    close() {
      for (const agent of [reach.agent, reach.fresh]) agent.destroy()
    },
  }
}

const nodeApi = (scope: Scope, node?: string): NodeApi => ({
  info: (options) => readInfo(scope, { node, ...options }),
  charts: (options) => readCharts(scope, { node, ...options }),
  chart: (chart, options) => readChart(scope, chart, { node, ...options }),
  data: (query) => readData(scope, { node, ...query }),
  alarms: (options) => readAlarms(scope, { node, ...options }),
  alarmLog: (options) => readAlarmLog(scope, { node, ...options }),
  alarmVariables: (chart, options) => readAlarmVariables(scope, chart, { node, ...options }),
})

async function readConfiguration({ reach }: Scope, options?: CallOptions): Promise<string> {
  const request = 'read the configuration'
  const { text, type } = await ask(reach, { request, path: '/netdata.conf', options })
  if (!/html/.test(type) && /^\[\w+\]/m.test(text)) return text
  throw new NetdataError('bad_answer', `${request}: what ${reach.description} answers is no netdata.conf`, {
    detail: excerpt(text),
  })
}

const MAX_SOCKETS = 2

/** An import of node:http would load all that it offers, fetch and WebSocket too. */
function reachOf(options: ConnectApiOptions): Reach {
  const http = process.getBuiltinModule('node:http')
  if ('host' in options) {
    const { host, address = '127.0.0.1', port = DEFAULT_PORT } = options
    const target = { host: address, port }
    return {
      description: `http://${address.includes(':') ? `[${address}]` : address}:${port}${host.local ? '' : ` of ${host.description}`}`,
      request: http.request,
      target,
      base: '',
      agent: httpAgent(host, target, { maxSockets: MAX_SOCKETS }),
      fresh: httpAgent(host, target, { maxSockets: MAX_SOCKETS, keepAlive: false }),
    }
  }
  const url = new URL(options.url)
  const { protocol, hostname, port, username, password, pathname } = url
  const { request, Agent } = protocol === 'https:' ? process.getBuiltinModule('node:https') : http
  const base = pathname.replace(/\/+$/, '')
  const target: RequestOptions = {
    protocol,
    hostname: hostname.replace(/^\[|\]$/g, ''),
    ...(port !== '' && { port }),
    ...(username !== '' && { auth: `${decodeURIComponent(username)}:${decodeURIComponent(password)}` }),
    headers: { ...options.headers },
  }
  return {
    description: `${url.origin}${base}`,
    request,
    target,
    base,
    agent: new Agent({ keepAlive: true, maxSockets: MAX_SOCKETS }),
    fresh: new Agent({ maxSockets: MAX_SOCKETS }),
  }
}
