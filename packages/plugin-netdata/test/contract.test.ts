import { resourceContract } from '@lares/core/testing'
import { afterAll, describe, expect, it } from 'vitest'
import { startSystemdHost } from '../../plugin-host/test/systemd-host.ts'
import netdata from '../src/index.ts'
import { withoutCeremony } from './unit.ts'

const api = { describe, it, expect }
const sd = await startSystemdHost(41)
afterAll(() => sd.stop())
await withoutCeremony(sd)
await sd.shell('cp /etc/netdata/netdata.conf /run/stock.conf; systemctl disable netdata')

/** As little as it can do: it is started and stopped a hundred times. */
const plugins = Object.fromEntries(
  [
    'enable running new plugins',
    'apps',
    'cgroups',
    'charts.d',
    'diskspace',
    'go.d',
    'idlejitter',
    'perf',
    'proc',
    'python.d',
    'slabinfo',
    'statsd',
    'tc',
    'timex',
  ].map((name) => [name, false]),
)
const quick = { bind: ['127.0.0.1'], database: { mode: 'ram' as const, retention: 60 }, plugins }

resourceContract(api, {
  type: 'netdata.agent',
  factory: netdata.agent,
  base: { on: sd.machine(), ...quick },
  options: {
    hostname: { hostname: 'tower' },
    bind: { bind: ['127.0.0.1', sd.address] },
    everywhere: { bind: ['*'] },
    withoutApi: { bind: [] },
    port: { port: 19_990 },
    allowFrom: { allowFrom: ['localhost', '10.*'] },
    updateEvery: { updateEvery: '2s' },
    database: { database: { mode: 'dbengine', tiers: [{ size: '64MiB' }, { size: '32MiB' }], pageCache: '8MiB' } },
    plugins: { plugins: { ...plugins, statsd: true } },
    health: { health: { enabled: true, alarms: ['!ram*', '*'], every: '5s' } },
    registry: { registry: { announce: 'https://registry.lan', serve: false } },
    machineLearning: { machineLearning: false },
    telemetry: { telemetry: true },
    settings: { settings: { logs: { access: 'none' }, web: { 'web server threads': '2' } } },
  },
  outside: {
    snapshot: () =>
      sd.shell(
        'cat /etc/netdata/netdata.conf; ls -A /etc/netdata; systemctl is-enabled netdata; systemctl is-active netdata || :',
      ),
    plant: async () => void (await sd.shell("printf '[db]\\n  mode = ram\\n' > /etc/netdata/netdata.conf")),
    remove: async () =>
      void (await sd.shell(
        'cp /run/stock.conf /etc/netdata/netdata.conf; rm -f /etc/netdata/netdata.conf.before-lares; systemctl disable --now netdata',
      )),
  },
  killAfter: [0, 400],
})
