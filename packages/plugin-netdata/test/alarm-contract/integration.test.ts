import { resourceContract } from '@lares/core/testing'
import { afterAll, describe, expect, it } from 'vitest'
import { startSystemdHost } from '../../../plugin-host/test/systemd-host.ts'
import netdata from '../../src/index.ts'
import { startQuickAgent } from '../quick-agent.ts'

const api = { describe, it, expect }
const sd = await startSystemdHost(43)
afterAll(() => sd.stop())
await startQuickAgent(sd)

const load = { alarm: 'much_load', chart: 'system.load', every: '10s', warn: '$load1 > 1000000' }
const template = { alarm: undefined, chart: undefined, template: 'much_load', context: 'system.load' }
const lookup = { method: 'average', after: '1m' }
const file = '/etc/netdata/health.d/lares-lares-contract-subject.conf'

/** Options that do not exclude each other come together, as each set costs seconds; what each is in the file is seen elsewhere. */
resourceContract(api, {
  type: 'netdata.alarm',
  factory: netdata.alarm,
  base: { on: sd.machine(), ...load },
  options: {
    template,
    about: { class: 'Workload', area: 'System', component: 'Load', info: 'how much ${family} there is' },
    narrowed: {
      ...{ os: 'linux freebsd', hosts: '!backup *', plugin: 'proc.plugin', module: '/proc/loadavg' },
      hostLabels: { room: 'cellar' },
    },
    charts: { ...template, charts: 'system.*', families: 'load' },
    lookup: {
      lookup: { ...lookup, before: '1m', every: '10s', options: ['unaligned', 'percentage'], of: ['load1', 'load5*'] },
    },
    foreach: { ...template, lookup: { ...lookup, foreach: ['load*'] } },
    calculated: {
      ...{ calc: '$load1 * 2', every: '1m', units: 'processes', green: 5, red: 7.5 },
      crit: '$load1 > 2000000 AND ${load5} > 3',
    },
    told: {
      ...{ delay: { up: '1m', down: '15m', multiplier: 1.5, max: '1h' }, repeat: { warning: '2h', critical: '30m' } },
      ...{ options: ['no-clear-notification'], exec: '/bin/true', to: 'sysadmin webmaster' },
    },
    untold: { repeat: 'off', to: 'silent' },
    disabled: { enabled: false },
    raw: {
      ...{ alarm: undefined, chart: undefined, every: undefined, warn: undefined },
      raw: '# two\nalarm: a\n on: system.load\nevery: 5s\ncalc: $load1 \\\n * 2\n\ntemplate: b\non: system.load\nevery: 5s\nwarn: 0',
    },
  },
  combined: {
    ...{ class: 'Workload', lookup, calc: '$this * 2', delay: { up: '1m' }, repeat: 'off', to: 'silent', info: 'a' },
    ...{ units: 'processes', hosts: '*', crit: '$this > 2000000' },
  },
  volatile: ['alarms'],
  outside: {
    snapshot: () => sd.shell('cd /etc/netdata/health.d; ls -A; cat lares-* .lares-* 2> /dev/null || :'),
    plant: async () =>
      void (await sd.shell(`printf 'alarm: mine\\non: system.load\\nevery: 5s\\nwarn: 1\\n' > ${file}`)),
    remove: async () => void (await sd.shell(`rm -f ${file}; systemctl kill -s USR2 netdata`)),
  },
  killAfter: [0, 60],
})
