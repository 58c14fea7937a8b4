import { resourceContract } from '@lares/core/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import host from '../../src/index.ts'
import { type SystemdHost, startSystemdHost } from '../systemd-host.ts'

const api = { describe, it: (name: string, body: () => Promise<void>) => it(name, body, 300_000), expect }

const sd: SystemdHost = await startSystemdHost(3)
afterAll(() => sd.stop())
const on = sd.machine()

beforeAll(async () => {
  await sd.shell(`printf '[Service]\\nExecStart=/bin/sleep infinity\\nExecReload=/bin/true\\n[Install]\\nWantedBy=default.target\\n' \\
    > /usr/lib/systemd/system/contract.service
    systemctl daemon-reload`)
})

resourceContract(api, {
  type: 'host.service',
  factory: host.service,
  base: { on, name: 'contract' },
  there: true,
  options: {
    stopped: { running: false },
    disabled: { enabled: false },
    'let alone': { running: null, enabled: null },
    masked: { masked: true },
    restarted: { restartWhen: ['one'] },
    reloaded: { reloadWhen: ['one', 2] },
  },
  combined: { enabled: false, restartWhen: ['one'], reloadWhen: ['two'] },
  outside: {
    snapshot: () => sd.shell('systemctl show -p UnitFileState,ActiveState,LoadState contract'),
    remove: async () => void (await sd.shell('systemctl unmask contract; systemctl disable --now contract')),
  },
  killAfter: [0, 100],
})
