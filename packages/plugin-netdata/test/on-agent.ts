import { definePlugin, defineProvider } from '@lares/core'
import { hostProvider } from '@lares/transport'
import { connectAgent, type NetdataAgent } from '../src/client/index.ts'
import { collector } from '../src/resources/collector.ts'
import { notification } from '../src/resources/notification.ts'
import type { Agent } from './agents.ts'

/** The plugin, over a bare agent of a test in place of that of the host. */
export function pluginOn(agent: Agent, more: Partial<NetdataAgent> = {}) {
  const place = {
    config: `${agent.folder}/etc`,
    lib: `${agent.folder}/lib`,
    address: '127.0.0.1',
    port: agent.port,
  }
  const provider = defineProvider({
    name: 'netdata',
    over: hostProvider,
    connect: async ({ via }): Promise<NetdataAgent> => Object.assign(connectAgent(await via(), place), more),
    close: (agent) => agent.close(),
  })
  return definePlugin({
    name: 'netdata',
    package: '@lares/plugin-netdata',
    version: '0.0.0',
    resources: { collector: { ...collector, provider }, notification: { ...notification, provider } },
  })
}
