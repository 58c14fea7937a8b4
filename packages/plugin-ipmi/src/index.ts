import { definePlugin } from '@lares/core'
import manifest from '../package.json' with { type: 'json' }
import { bmc } from './resources/bmc.ts'
import { power } from './resources/power.ts'

export { connectHost, type Host } from '@lares/transport'
export * from './client/index.ts'
export { ipmiProvider } from './provider.ts'

export default definePlugin({
  name: 'ipmi',
  package: manifest.name,
  version: manifest.version,
  resources: { bmc, power },
})
