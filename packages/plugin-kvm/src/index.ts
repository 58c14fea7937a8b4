import { definePlugin } from '@lares/core'
import manifest from '../package.json' with { type: 'json' }
import { domain } from './resources/domain.ts'
import { hypervisor } from './resources/hypervisor.ts'
import { network } from './resources/network.ts'
import { pool } from './resources/pool.ts'
import { snapshot } from './resources/snapshot.ts'
import { volume } from './resources/volume.ts'

export * from './client/index.ts'
export { libvirtProvider } from './provider.ts'
export type { DomainAttributes, DomainInputs } from './resources/domain/schema.ts'

export default definePlugin({
  name: 'kvm',
  package: manifest.name,
  version: manifest.version,
  resources: { domain, hypervisor, network, pool, snapshot, volume },
})
