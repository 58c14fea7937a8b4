import { definePlugin } from '@lares/core'
import manifest from '../package.json' with { type: 'json' }
import { agent } from './resources/agent.ts'
import { alarm } from './resources/alarm.ts'
import { collector } from './resources/collector.ts'
import { notification } from './resources/notification.ts'

export { connectHost, type Host } from '@lares/transport'
export * from './client/index.ts'

export default definePlugin({
  name: 'netdata',
  package: manifest.name,
  version: manifest.version,
  resources: { agent, alarm, collector, notification },
})
