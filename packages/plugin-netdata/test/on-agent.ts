import { definePlugin, defineProvider, defineResource } from '@lares/core'
import { type Host, hostProvider } from '@lares/transport'
import { connectAgent, type NetdataAgent } from '../src/client/index.ts'
import { collector } from '../src/resources/collector.ts'
import { notification } from '../src/resources/notification.ts'
import { silence } from '../src/resources/silence.ts'
import type { Agent } from './agents.ts'

export interface OnAgent {
  /** False: it does not wait until something is collected. */
  ready?: boolean
  /** The host as the plugin gets it. */
  host?: (host: Host) => Host
}

/** The plugin, over a bare agent of a test in place of that of the host. */
export function pluginOn(agent: Agent, { ready = true, host = (host) => host }: OnAgent = {}) {
  const place = {
    config: `${agent.folder}/etc`,
    lib: `${agent.folder}/lib`,
    address: '127.0.0.1',
    port: agent.port,
  }
  const provider = defineProvider({
    name: 'netdata',
    over: hostProvider,
    connect: async ({ via }): Promise<NetdataAgent> => connectAgent(host(await via()), place),
    close: (agent) => agent.close(),
  })
  return definePlugin({
    name: 'netdata',
    package: '@lares/plugin-netdata',
    version: '0.0.0',
    resources: {
      collector: defineResource({
        ...collector,
        provider,
        ready: async (context) => void (ready && (await collector.ready?.(context))),
      }),
      notification: { ...notification, provider },
      silence: { ...silence, provider },
    },
  })
}
