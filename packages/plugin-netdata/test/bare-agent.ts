import { definePlugin, defineResource } from '@lares/core'
import { hostProvider } from '@lares/transport'
import { agentPlace, netdataProvider } from '../src/provider.ts'
import type { Agent } from './agents.ts'

const { agent } = definePlugin({
  name: 'bare',
  package: 'bare',
  version: '0.0.0',
  resources: {
    agent: defineResource({
      type: 'bare.agent',
      provider: hostProvider,
      inputs: agentPlace,
      attributes: agentPlace,
      identity: ({ port }) => String(port),
      ownership: 'asserted',
      provides: { provider: netdataProvider, endpoint: ({ inputs }) => inputs },
      readsInputs: true,
      read: async ({ inputs }) => inputs ?? null,
      create: async ({ inputs }) => inputs,
      delete: async () => {},
    }),
  },
})

/** An agent that a test started, for resources to be on. */
export const bareAgent = ({ name, folder, port }: Agent) =>
  agent(name, { config: `${folder}/etc`, lib: `${folder}/lib`, address: '127.0.0.1', port })
