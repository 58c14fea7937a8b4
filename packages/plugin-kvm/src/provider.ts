import { defineProvider } from '@lares/core'
import { hostProvider } from '@lares/transport'
import * as z from 'zod'
import { connectLibvirt, type Libvirt } from './client/index.ts'

const endpoint = z.object({ uri: z.string().optional() }).optional()

/** The connection `libvirt`: that of the host which `on` names, of this machine without it, or what a `kvm.hypervisor` says. */
export const libvirtProvider = defineProvider({
  name: 'libvirt',
  over: hostProvider,
  endpoint,
  readConcurrency: 64,
  connect: async ({ endpoint, via }): Promise<Libvirt> => connectLibvirt({ host: await via(), uri: endpoint?.uri }),
})
