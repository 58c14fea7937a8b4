import { defineProvider } from '@lares/core'
import type { Host } from '@lares/transport'
import * as z from 'zod'
import { type Bmc, connectBmc, isBmcError } from './client/index.ts'

export const loginPrivileges = ['callback', 'user', 'operator', 'administrator', 'oem'] as const

const endpoint = z.object({
  driver: z.enum(['ipmitool', 'redfish']).optional(),
  address: z.string(),
  port: z.int().optional(),
  user: z.string(),
  password: z.string(),
  cipherSuite: z.int().optional(),
  privilege: z.enum(loginPrivileges).optional(),
  certificate: z.string().optional(),
  system: z.string().optional(),
  timeout: z.number().optional(),
})

/** The connection `ipmi`: what an `ipmi.bmc` gives, reached from the host that this one is on. */
export const ipmiProvider = defineProvider({
  name: 'ipmi',
  endpoint,
  // One command at a time goes to a BMC; these wait their turn, or for a machine to get on or off.
  concurrency: 8,
  // A slow board takes seconds for each of a dozen requests, and a second cipher suite as many.
  connectTimeout: 180_000,
  connect: async ({ endpoint, signal, via }): Promise<Bmc> =>
    await connectBmc({ ...endpoint, host: (await via()) as Host, signal }),
  async scope(bmc, signal) {
    const guid = await bmc.guid({ signal }).catch((error: unknown) => {
      if (isBmcError(error, 'unsupported', 'refused', 'bad_answer', 'forbidden')) return undefined
      throw error
    })
    return guid ?? bmc.description
  },
  close: (bmc) => bmc.close(),
})
