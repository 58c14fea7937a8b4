import { definePlugin } from '@lares/core'
import manifest from '../package.json' with { type: 'json' }
import { agent } from './resources/agent.ts'
import { alarm } from './resources/alarm.ts'
import { parent } from './resources/parent.ts'
import { silence } from './resources/silence.ts'
import { stream } from './resources/stream.ts'

export { connectHost, type Host } from '@lares/transport'
export * from './client/index.ts'

export default definePlugin({
  name: 'netdata',
  package: manifest.name,
  version: manifest.version,
  resources: { agent, alarm, silence, parent, stream },
})
