import { resourceContract } from '@lares/core/testing'
import { afterAll, describe, expect, it } from 'vitest'
import { startSystemdHost } from '../../../plugin-host/test/systemd-host.ts'
import netdata from '../../src/index.ts'
import { startQuickAgent } from '../quick-agent.ts'

const api = { describe, it, expect }
const sd = await startSystemdHost(44)
afterAll(() => sd.stop())
await startQuickAgent(sd)

const tell = (query: string) =>
  sd.shell(
    `curl -fs -H "X-Auth-Token: $(cat /var/lib/netdata/netdata.api.key)" "http://127.0.0.1:19999/api/v1/manage/health?$1"`,
    query,
  )

// From now on it has a file of what it was told.
await tell('cmd=RESET')

resourceContract(api, {
  type: 'netdata.silence',
  factory: netdata.silence,
  base: { on: sd.machine(), alarm: 'much_*' },
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
    snapshot: () => sd.shell('cat /var/lib/netdata/health.silencers.json; ls /var/lib/netdata'),
    plant: async () => void (await tell('cmd=SILENCE&alarm=much_*')),
    remove: async () => void (await tell('cmd=RESET')),
  },
  killAfter: [0, 30],
})
