import type { AnyResource, LaresError } from '@lares/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { until as waitUntil } from '../../../../e2e/rig/wait.ts'
import { testLab } from '../../../../e2e/test-lab.ts'
import { type SystemdHost, startSystemdHost } from '../../../plugin-host/test/systemd-host.ts'
import netdata from '../../src/index.ts'
import { startQuickAgent } from '../quick-agent.ts'

let sd: SystemdHost
let tower: ReturnType<SystemdHost['machine']>

beforeAll(async () => {
  sd = await startSystemdHost(45)
  tower = sd.machine()
  await startQuickAgent(sd)
})
afterAll(() => sd?.stop())

type Inputs = Parameters<typeof netdata.alarm>[1]
const load = (more: Partial<Inputs> = {}, address = 'load'): AnyResource =>
  netdata.alarm(address, {
    on: tower,
    alarm: address,
    chart: 'system.load',
    every: '1s',
    warn: '$load1 > 1000',
    ...more,
  })
const raw = (text: string): AnyResource => netdata.alarm('load', { on: tower, raw: text })
const files = () => sd.shell('cd /etc/netdata/health.d; ls -A; cat lares-* 2> /dev/null || :')
const file = '/etc/netdata/health.d/lares-home.load.conf'
const reloads = async () => Number(await sd.shell("grep -c 'Reloading HEALTH' /var/log/netdata/error.log || :"))

/** What the agent has under these names, without Lares. */
async function seen(name: string): Promise<{ warn?: string; source: string; status: string; recipient: string }[]> {
  const answer = await sd.shell("curl -fsS 'http://127.0.0.1:19999/api/v1/alarms?all'")
  const { alarms } = JSON.parse(answer) as {
    alarms: Record<string, { name: string; source: string; status: string; recipient: string }>
  }
  return Object.values(alarms).filter((alarm) => alarm.name === name)
}

test('an alarm is raised by what statsd is told, and that is told', async ({ signal }) => {
  const until = (what: string, probe: () => Promise<boolean>) => waitUntil(what, probe, { seconds: 60, signal })
  const lab = testLab('home')
  const say = (value: number) => sd.shell(`bash -c 'echo "heat:${value}|g" > /dev/udp/127.0.0.1/8125'`)
  const heat = [load({ chart: 'statsd_heat.gauge', calc: '$gauge', warn: '$this > 80', units: 'degrees' })]
  await until('statsd has a chart of it', async () => {
    await say(20)
    return (await sd.shell("curl -fs 'http://127.0.0.1:19999/api/v1/chart?chart=statsd_heat.gauge' || :")) !== ''
  })
  expect((await lab.attempt(heat)).diagnostics).toEqual([])
  const attributes = async () => {
    await lab.apply(heat)
    return (await lab.store.read()).resources['load']!.attributes
  }
  await until('it is clear', async () => JSON.stringify(await attributes()).includes('"clear"'))
  await say(90)
  await until('it is raised', async () => JSON.stringify(await attributes()).includes('"warning"'))
  expect(await attributes()).toMatchObject({
    ...{ names: ['load'], loaded: true, enabled: true, version: '1.37.1' },
    alarms: [{ name: 'load', chart: 'statsd_heat.gauge', status: 'warning', value: 90, units: 'degrees' }],
  })
  await lab.destroy(heat)
  expect(await seen('load')).toEqual([])
  expect(await files()).not.toContain('lares')
})

test('many of one agent cost one reload, there and back', async () => {
  const lab = testLab('home')
  const many = ['a', 'b', 'c', 'd', 'e'].map((name) => load({}, name))
  const before = await reloads()
  await lab.apply(many)
  expect(await reloads()).toBe(before + 1)
  expect(await seen('e')).toMatchObject([{ source: expect.stringContaining('/lares-home.e.conf') }])
  expect(await lab.rest(many)).toBe('')
  await lab.destroy(many)
  expect(await reloads()).toBe(before + 2)
})

test('what was changed, broken or removed by hand is shown, and repaired', async () => {
  const lab = testLab('home')
  await lab.apply([load()])
  const good = await files()
  for (const [damage, shown] of [
    ["sed -i 's/1000/5/' $1", /warn: "\$load1 > 5" -> "\$load1 > 1000"/],
    ['echo "green: 5" >> $1', /green: 5 ->/],
    ['echo "rubbish" >> $1', /text:.*rubbish/],
    ['echo "alarm: other" >> $1', /text:.*alarm: other/],
    ['rm $1', /create|\+ load/],
  ] as const) {
    await sd.shell(`${damage}; systemctl kill -s USR2 netdata`, file)
    expect(await lab.rest([load()]), damage).toMatch(shown)
    await lab.apply([load()])
    expect(await lab.rest([load()]), damage).toBe('')
    expect(await files()).toBe(good)
    expect(await seen('load')).toMatchObject([{ warn: '$load1 &gt; 1000' }])
  }
  await lab.destroy([load()])
})

test('what the agent was not told before a crash is told by the next run', async () => {
  const lab = testLab('home')
  await lab.apply([load()])
  await sd.shell('cd /etc/netdata/health.d; rm .lares-home.load.loaded; sed -i s/1000/2000/ lares-home.load.conf')
  const changed = [load({ warn: '$load1 > 2000' })]
  expect(await lab.rest(changed)).toMatch(/loaded: false -> true/)
  await lab.apply(changed)
  expect(await seen('load')).toMatchObject([{ warn: '$load1 &gt; 2000' }])

  await sd.shell(
    'cd /etc/netdata/health.d; mv .lares-home.load.loaded .lares-home.load.leaving; echo home/load > .lares-home.load.leaving; rm lares-home.load.conf',
  )
  await lab.apply([load({}, 'other')])
  expect(await seen('load')).toEqual([])
  expect(await files()).not.toContain('lares-home.load')
  await lab.destroy([load({}, 'other')])
})

test('one that is silent or not enabled stays so when the agent starts again', async () => {
  const lab = testLab('home')
  const both = [load({ to: 'silent' }, 'quiet'), load({ enabled: false }, 'off')]
  await lab.apply(both)
  expect(await seen('off')).toEqual([])
  await startQuickAgent(sd)
  expect(await seen('quiet')).toMatchObject([{ recipient: 'silent' }])
  expect(await seen('off')).toEqual([])
  expect(await lab.rest(both)).toBe('')
  await lab.apply([both[0]!, load({}, 'off')])
  expect(await seen('off')).toHaveLength(1)
  await lab.destroy(both)
})

test('one of the name of another of Netdata takes its place, which is told', async () => {
  const lab = testLab('home')
  const [{ source } = { source: '' }] = await seen('load_average_15')
  expect(source).toMatch(/conf\.d\/health\.d\/load\.conf$/)
  const mine = [load({ alarm: 'load_average_15' })]
  expect((await lab.attempt(mine)).diagnostics).toMatchObject([
    { severity: 'warning', code: 'alarm_replaced', path: 'alarm', summary: expect.stringContaining('load.conf') },
  ])
  expect(await seen('load_average_15')).toMatchObject([{ source: expect.stringContaining('lares-home.load') }])
  await lab.destroy(mine)
  expect(await seen('load_average_15')).toMatchObject([{ source }])
})

test('a chart or context that the agent does not have is told, and may come yet', async () => {
  const lab = testLab('home')
  const { diagnostics } = await lab.attempt([
    load({ chart: 'system.laod' }),
    load({ alarm: undefined, chart: undefined, template: 'full', context: 'disk.spaces' }, 'full'),
  ])
  expect(diagnostics).toMatchObject([
    { severity: 'warning', code: 'unknown_chart', path: 'chart', advice: 'Did you mean "system.load"?' },
    { severity: 'warning', code: 'unknown_context', path: 'context' },
  ])
  await lab.destroy([load(), load({}, 'full')])
})

test.each([
  [
    'an expression',
    load({ warn: '$load1 > 80%' }),
    [{ code: 'invalid_input', path: 'warn', summary: 'warn: expected an operator, not "%", at column 12' }],
  ],
  [
    'what the agent is too old for',
    load({ chartLabels: { device: 'sda' }, summary: 'a' }),
    [
      { code: 'agent_too_old', path: 'chartLabels', summary: expect.stringContaining('needs Netdata 1.40') },
      { code: 'agent_too_old', path: 'summary', summary: expect.stringContaining('needs Netdata 1.43') },
    ],
  ],
  [
    'a file with two mistakes',
    raw('alarm: a\non: system.load\nevery: 1s\nwarn: 1 +\n\nalarm: b\nonn: system.load\n'),
    [
      { path: 'raw', summary: expect.stringMatching(/^Line 4, column 10: warn: expected a number/) },
      { path: 'raw', summary: expect.stringMatching(/^Line 6, column 1: alarm "b" has no "on"/) },
      { path: 'raw', summary: expect.stringMatching(/^Line 6, column 1: alarm "b" has neither "every"/) },
      { path: 'raw', summary: expect.stringMatching(/^Line 6, column 1: alarm "b" has neither "lookup"/) },
      {
        path: 'raw',
        summary: expect.stringMatching(/^Line 7, column 1: "onn" is no line/),
        advice: 'Did you mean "on"?',
      },
    ],
  ],
])('%s is refused before anything is written', async (_, resource, expected) => {
  const [before, told] = [await files(), await reloads()]
  const tried = testLab('home').attempt([resource])
  expect(
    await tried.then(
      ({ diagnostics }) => diagnostics,
      (error: LaresError) => error.diagnostics,
    ),
  ).toMatchObject(expected)
  expect([await files(), await reloads()]).toEqual([before, told])
})

test('a file of that name that somebody else made stays', async () => {
  await sd.shell('echo "# mine" > $1', file)
  const { diagnostics } = await testLab('home').attempt([load()])
  expect(diagnostics).toMatchObject([{ code: 'already_exists' }])
  expect(await sd.shell('cat $1; rm $1', file)).toBe('# mine')
})

test('a file of the name that it had once is found by its mark, and takes the new one', async () => {
  const lab = testLab('home')
  await lab.apply([tower, load()])
  const text = await sd.shell(`cat ${file}`)
  await sd.shell('cd /etc/netdata/health.d; mv lares-home.load.conf lares-home-load.conf; rm .lares-home.load.loaded')
  expect(await lab.rest([tower, load()])).toMatch(/loaded: false -> true/)
  await lab.apply([tower, load()])
  expect(await files()).not.toContain('lares-home-load')
  expect(await sd.shell(`cat ${file}`)).toBe(text)
  expect(await lab.rest([tower, load()])).toBe('')
  await sd.shell('cd /etc/netdata/health.d; mv lares-home.load.conf lares-home-load.conf')
  await lab.destroy([tower, load()])
  expect(await files()).not.toContain('lares-home')
})

test('two labs whose names with those of their alarms are alike have two files', async () => {
  const [one, other] = [testLab('home'), testLab('home-a')]
  await one.apply([tower, load({ alarm: 'one' }, 'a-b')])
  await other.apply([tower, load({ alarm: 'other' }, 'b')])
  expect(await one.rest([tower, load({ alarm: 'one' }, 'a-b')])).toBe('')
  for (const name of ['lares-home.a-b.conf', 'lares-home-a.b.conf']) expect(await files()).toContain(name)
  await other.destroy([tower, load({ alarm: 'other' }, 'b')])
  await one.destroy([tower, load({ alarm: 'one' }, 'a-b')])
})
