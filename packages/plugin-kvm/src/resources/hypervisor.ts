import { defineResource } from '@lares/core'
import { hostProvider } from '@lares/transport'
import * as z from 'zod'
import { DEFAULT_URI, type Libvirt, readHypervisor } from '../client/index.ts'
import { libvirtProvider } from '../provider.ts'

const describe = async ({ self, signal }: { self(): Promise<Libvirt>; signal: AbortSignal }) =>
  await readHypervisor(await self(), signal)

/** A libvirt that is there already. A machine is one by itself, so this is for another URI, or for what it tells. */
export const hypervisor = defineResource({
  type: 'kvm.hypervisor',
  description: 'A libvirt that is there already, and which of them when a machine has several.',
  proof: 'real',
  ownership: 'asserted',
  provider: hostProvider,
  inputs: z.object({
    uri: z
      .string()
      .regex(/^[\w+]+:\/\//, 'Expected a libvirt URI such as qemu:///system')
      .default(DEFAULT_URI)
      .describe('Which libvirt of the machine'),
  }),
  attributes: z.object({
    uri: z.string(),
    libvirtVersion: z.string(),
    qemuVersion: z.string().optional().describe("QEMU's version"),
    cpus: z.number().int().describe("The machine's processors"),
    memory: z.number().describe("The machine's memory, in bytes"),
    architecture: z.string(),
    domainType: z.string().describe('What guests run on: `kvm`, or `qemu` where the processor does not help'),
    hardwareVirtualization: z.boolean(),
    machines: z.array(z.string()).describe('Machine types that guests can have'),
    uefi: z.boolean(),
    secureBoot: z.boolean(),
    tpm: z.boolean(),
  }),
  identity: ({ uri }) => uri,
  provides: { provider: libvirtProvider, endpoint: ({ inputs: { uri } }) => ({ uri }) },
  read: describe,
  create: describe,
  update: describe,
  delete: async () => {},
})
