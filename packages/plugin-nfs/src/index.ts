import { definePlugin } from '@lares/core'
import manifest from '../package.json' with { type: 'json' }
import { exportResource } from './resources/export.ts'
import { mount } from './resources/mount.ts'

export { connectHost, type Host } from '@lares/transport'
export * from './client/index.ts'

export default definePlugin({
  name: 'nfs',
  package: manifest.name,
  version: manifest.version,
  resources: { export: exportResource, mount },
})
