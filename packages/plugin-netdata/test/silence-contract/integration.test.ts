import { execFileSync } from 'node:child_process'
import { resourceContract } from '@lares/core/testing'
import { afterAll, describe, expect, it } from 'vitest'
import { startAgent } from '../agents.ts'
import { pluginOn } from '../on-agent.ts'

const api = { describe, it, expect }
const agent = await startAgent()
afterAll(() => agent.stop())
const netdata = pluginOn(agent)

const tell = (query: string) =>
  fetch(`${agent.url}/api/v1/manage/health?${query}`, { headers: { 'X-Auth-Token': agent.key } })

// From now on it has a file of what it was told.
await tell('cmd=RESET')

resourceContract(api, {
  type: 'netdata.silence',
  factory: netdata.silence,
  base: { alarm: 'much_*' },
  options: {
    chart: { chart: 'system.load !system.cpu' },
    context: { alarm: undefined, context: 'disk.space' },
    host: { host: '!backup *' },
    family: { family: 'load' },
    all: { alarm: undefined, all: true },
    disable: { disable: true },
  },
  combined: { chart: 'a*', context: 'b', host: 'c', disable: true },
  replacement: { alarm: 'other_*' },
  outside: {
    snapshot: async () =>
      execFileSync('sh', ['-c', 'cd "$0"; cat health.silencers.json; ls', `${agent.folder}/lib`], { encoding: 'utf8' }),
    plant: async () => void (await tell('cmd=SILENCE&alarm=much_*')),
    remove: async () => void (await tell('cmd=RESET')),
  },
  killAfter: [0, 30],
})
