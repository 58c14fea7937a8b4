import { secret } from '@lares/core'
import { resourceContract } from '@lares/core/testing'
import { afterAll, describe, expect, it } from 'vitest'
import { startSystemdHost } from '../../../plugin-host/test/systemd-host.ts'
import netdata, { formatIni } from '../../src/index.ts'
import { withoutCeremony } from '../unit.ts'

const api = { describe, it, expect }
const KEY = '0f5b6a1e-37c9-4d0b-9d52-7a1f0c3b2e4d'
const OTHER = '8c1d2e3f-4a5b-4c6d-8e7f-90a1b2c3d4e5'
const sd = await startSystemdHost(46)
afterAll(() => sd.stop())
await withoutCeremony(sd)

/** As little as it can do: it is started a hundred times. */
const off = [
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
]
const plugins = Object.fromEntries([...off, 'statsd', 'tc', 'timex'].map((name) => [name, 'no']))
const conf = formatIni({ db: { mode: 'ram', retention: '60' }, web: { 'bind to': `127.0.0.1 ${sd.address}` }, plugins })
const theirs = '# Of others.\n[11111111-2222-3333-4444-555555555555]\n    type = api\n'
await sd.shell(
  `printf '%s' "$1" > /etc/netdata/netdata.conf
  printf '%s' "$2" > /etc/netdata/stream.conf
  chgrp netdata /etc/netdata/stream.conf; chmod 640 /etc/netdata/stream.conf
  sleep 1; systemctl start netdata`,
  conf,
  theirs,
)
/** Made keys differ each time. */
const snapshot = async () =>
  await sd.shell('cat /etc/netdata/stream.conf; stat -c "%a %U %G" /etc/netdata/stream.conf; ls -A /etc/netdata')

const secrets = { KEY, OTHER }
const on = sd.machine()

resourceContract(api, {
  type: 'netdata.parent',
  factory: netdata.parent,
  base: { on },
  options: {
    key: { key: secret.env('KEY') },
    sharedKey: { key: secret.env('OTHER'), sharedKey: true, address: 'tower.lan' },
    rotation: { rotation: 2 },
    settings: {
      ...{ allowFrom: ['10.*', '!192.168.*'], database: 'ram', retention: 120, health: 'auto', postponeAlerts: '120s' },
      ...{ replication: true, replicationPeriod: '36h', compression: false },
    },
    without: { health: false, replication: false },
  },
  secrets,
  outside: {
    snapshot,
    remove: async () => void (await sd.shell('printf "%s" "$1" > /etc/netdata/stream.conf', theirs)),
  },
  killAfter: [400],
})

const to = (port: number) => ({ destinations: [`127.0.0.1:${port}`], key: secret.env('KEY') })

resourceContract(api, {
  type: 'netdata.stream',
  factory: netdata.stream,
  base: { on, to: to(9), verify: false },
  options: {
    elsewhere: { to: { destinations: ['tower.lan', '[fd00::5]:19999'], key: secret.env('OTHER') } },
    fallback: { fallback: ['10.0.0.6:19999', '10.0.0.7'] },
    tls: { tls: true, tlsVerify: false, caFile: '/etc/ssl/certs/ca-certificates.crt' },
    settings: {
      ...{ compression: false, bufferSize: '20m', reconnectDelay: '90s', timeout: '2m', charts: ['!apps.*', '*'] },
    },
  },
  secrets,
  outside: {
    snapshot,
    plant: async () =>
      void (await sd.shell(
        'printf \'%s[stream]\\nenabled = yes\\ndestination = 127.0.0.1:9\\napi key = %s\\n\' "$1" "$2" > /etc/netdata/stream.conf',
        ...[theirs, OTHER],
      )),
    remove: async () => void (await sd.shell('printf "%s" "$1" > /etc/netdata/stream.conf', theirs)),
  },
  killAfter: [400],
})
