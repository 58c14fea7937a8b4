import { definePlugin } from '@lares/core'
import manifest from '../package.json' with { type: 'json' }
import { bmc } from './resources/bmc.ts'
import { bootDevice } from './resources/boot-device.ts'
import { lan } from './resources/lan.ts'
import { power } from './resources/power.ts'

import { sol } from './resources/sol.ts'
import { user } from './resources/user.ts'

export { connectHost, type Host } from '@lares/transport'
export * from './client/index.ts'
export { ipmiProvider } from './provider.ts'

export default definePlugin({
  name: 'ipmi',
  package: manifest.name,
  version: manifest.version,
  resources: { bmc, bootDevice, lan, power, sol, user },
})
