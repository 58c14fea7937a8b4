import { defineProvider } from '@lares/core'
import { hostProvider } from '@lares/transport'
import * as z from 'zod'
import { connectAgent, findPlace, type NetdataAgent } from './client/index.ts'

export const agentPlace = z.object({
  container: z.string().optional(),
  config: z.string(),
  lib: z.string(),
  address: z.string().optional(),
  port: z.int(),
  next: z.object({ port: z.int().optional(), renewed: z.boolean().optional() }).optional(),
})

/** The agent that the packages of the host that `on` names brought, or what a `netdata.agent` says. */
export const netdataProvider = defineProvider({
  name: 'netdata',
  over: hostProvider,
  endpoint: agentPlace.optional(),
  connect: async ({ endpoint, signal, via }): Promise<NetdataAgent> => {
    const host = await via()
    return connectAgent(host, endpoint ?? (await findPlace(host, signal)))
  },
  close: (agent) => agent.close(),
})
