import { definePlugin, defineResource } from '@lares/core'
import { hostProvider } from '@lares/transport'
import { z } from 'zod'

/** A machine that is just there: what any plugin may provide. */
export const { machine } = definePlugin({
  name: 'rig',
  package: 'rig',
  version: '0.0.0',
  resources: {
    machine: defineResource({
      type: 'rig.machine',
      inputs: z.object({ address: z.string() }),
      attributes: z.object({ address: z.string() }),
      identity: ({ address }) => address,
      ownership: 'asserted',
      provides: { provider: hostProvider, endpoint: ({ inputs: { address } }) => ({ address }) },
      read: async ({ identity }) => ({ address: identity }),
      create: async ({ inputs: { address } }) => ({ address }),
      delete: async () => {},
    }),
  },
})
