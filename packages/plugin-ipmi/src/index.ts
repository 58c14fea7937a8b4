import { definePlugin } from '@lares/core'
import manifest from '../package.json' with { type: 'json' }

export { connectHost, type Host } from '@lares/transport'
export * from './client/index.ts'

export default definePlugin({ name: 'ipmi', package: manifest.name, version: manifest.version, resources: {} })
