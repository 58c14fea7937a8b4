import { definePlugin, defineProvider, defineResource } from '@lares/core'
import { hostProvider } from '@lares/transport'
import { connectAgent, type NetdataAgent } from '../src/client/index.ts'
import { collector } from '../src/resources/collector.ts'
import { notification } from '../src/resources/notification.ts'
import type { Agent } from './agents.ts'

/** The plugin, over a bare agent of a test in place of that of the host; without `ready` it does not wait until something is collected. */
export function pluginOn(agent: Agent, { ready = true } = {}) {
  const place = {
    config: `${agent.folder}/etc`,
    lib: `${agent.folder}/lib`,
    address: '127.0.0.1',
    port: agent.port,
  }
  const provider = defineProvider({
    name: 'netdata',
    over: hostProvider,
    connect: async ({ via }): Promise<NetdataAgent> => connectAgent(await via(), place),
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
    },
  })
}
