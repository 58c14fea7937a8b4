import { definePlugin } from '@lares/core'
import manifest from '../package.json' with { type: 'json' }
import { machine } from './resources/machine.ts'

export { connectHost, type Host } from '@lares/transport'
export { type Inventory, parseInventory, readInventory } from './client/inventory.ts'

export default definePlugin({
  name: 'host',
  package: manifest.name,
  version: manifest.version,
  resources: { machine },
})
