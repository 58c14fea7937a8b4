import * as z from 'zod'
import type { Bmc } from '../../client/index.ts'

export const attributes = z.object({
  address: z.string(),
  vendor: z.string().optional().describe('Of the BMC: `Dell`, `HPE`, `Supermicro`'),
  manufacturer: z.string().optional().describe('Of the machine, as its inventory says'),
  model: z.string().optional(),
  serial: z.string().optional(),
  firmware: z.string().optional().describe('Version of the firmware of the BMC'),
  ipmiVersion: z.string().optional(),
  redfishVersion: z.string().optional(),
  guid: z.string().optional().describe('What tells the machine from all others'),
  capabilities: z.array(z.string()).describe('`sensor`, `sel`, `fru`, `chassis`, ...'),
  cipherSuite: z.int().optional().describe('What sessions are secured by'),
  power: z.enum(['on', 'off']),
  health: z.enum(['ok', 'faulty']).describe('By what the chassis says; sensors are in `lares status`'),
  faults: z.array(z.string()).describe('What is wrong with the chassis: `Main Power Fault`'),
})
export type Attributes = z.output<typeof attributes>

export async function describeBmc(bmc: Bmc, address: string, signal: AbortSignal): Promise<Attributes> {
  const { vendorId: _, restorePolicy: __, faults, capabilities, ...found } = await bmc.describe({ signal })
  return {
    address,
    ...found,
    capabilities: [...capabilities],
    faults: [...faults],
    health: faults.length > 0 ? 'faulty' : 'ok',
  }
}
