import { defineResource } from '@lares/core'
import * as z from 'zod'
import type { Bmc } from '../client/index.ts'
import { ipmiProvider } from '../provider.ts'

const privilege = z.enum(['user', 'operator', 'administrator', 'oem'])

const inputs = z.object({
  enabled: z.boolean().optional(),
  privilege: privilege.optional().describe('What a user needs to be to open the console'),
  bitRate: z
    .literal([9600, 19_200, 38_400, 57_600, 115_200])
    .optional()
    .describe('Bits per second, as the serial port of the machine has them'),
})
const attributes = z.object({
  enabled: z.boolean().optional(),
  privilege: z.string().optional(),
  bitRate: z.int().optional().describe('Absent where it is that of the serial port'),
})

interface Context {
  connection: Bmc
  signal: AbortSignal
}

const read = async ({ connection, signal }: Context) => ({ ...(await connection.sol({ signal })) })

async function apply(context: Context & { inputs: z.output<typeof inputs> }) {
  await context.connection.setSol(context.inputs, { signal: context.signal })
  return await read(context)
}

export const sol = defineResource({
  type: 'ipmi.sol',
  description: 'The serial console of a machine over the network: who may open it, and how fast it is.',
  proof: 'recorded',
  ownership: 'asserted',
  provider: ipmiProvider,
  inputs,
  attributes,
  identity: () => 'serial over LAN',
  whenUnset: 'release',
  timeouts: { read: '5m', create: '5m', update: '5m' },
  read,
  create: apply,
  update: apply,
  delete: async () => {},
})
