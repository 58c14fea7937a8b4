import { definePlugin } from '@lares/core'
import manifest from '../package.json' with { type: 'json' }
import { hypervisor } from './resources/hypervisor.ts'

export * from './client/index.ts'
export { libvirtProvider } from './provider.ts'

export default definePlugin({
  name: 'kvm',
  package: manifest.name,
  version: manifest.version,
  resources: { hypervisor },
})
