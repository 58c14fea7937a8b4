import type { AnyResource } from '@lares/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { archiveUrl } from '../../../../e2e/rig/layout.ts'
import { until } from '../../../../e2e/rig/wait.ts'
import { type TestLab, testLab } from '../../../../e2e/test-lab.ts'
import docker from '../../../plugin-docker/src/index.ts'
import { type SystemdHost, startSystemdHost } from '../../../plugin-host/test/systemd-host.ts'
import netdata from '../../src/index.ts'
import { withoutRestarts, withSlowStarts } from '../unit.ts'

let sd: SystemdHost
let lab: TestLab
let tower: ReturnType<SystemdHost['machine']>

beforeAll(async () => {
  sd = await startSystemdHost(42)
  lab = testLab('home')
  tower = sd.machine()
  await sd.shell(`set -e
rm -rf /etc/apt/sources.list /etc/apt/sources.list.d/* /var/lib/man-db/auto-update /var/lib/apt/lists/*
echo 'deb [trusted=yes] ${archiveUrl} ./' > /etc/apt/sources.list
export DEBIAN_FRONTEND=noninteractive
apt-get -q -y purge netdata netdata-core netdata-web netdata-plugins-bash netdata-plugins-python
rm -rf /etc/netdata /var/lib/netdata /var/cache/netdata
! command -v netdata`)
})
afterAll(() => sd?.stop())

const agent = (more: Partial<Parameters<typeof netdata.agent>[1]> = {}) =>
  netdata.agent('watch', { on: tower, hostname: 'tower', database: { mode: 'ram' }, ...more })
const lists = (...resources: AnyResource[]) => resources
const conf = () => sd.shell('cat /etc/netdata/netdata.conf')
const info = async (port = 19_999): Promise<{ version: string; uid: string; mirrored_hosts: string[] }> =>
  JSON.parse(await sd.shell(`curl -fsS --retry 5 --retry-connrefused http://127.0.0.1:${port}/api/v1/info`))
const messages = async (resources: AnyResource[]) =>
  (await lab.attempt(resources)).diagnostics.map(({ code, summary, advice }) => `${code}: ${summary} (${advice})`)

test('it is installed, configured and running, and nothing is left to do', async () => {
  await lab.apply(lists(agent()))
  expect(await info()).toMatchObject({ version: 'v1.37.1', mirrored_hosts: ['tower'] })
  expect(await lab.rest(lists(agent()))).toBe('')
  expect(await sd.shell('systemctl is-enabled netdata; ls -A /etc/netdata')).toMatch(/^enabled\n[\s\S]*opt-out/)
})

test('what was ended runs again', async () => {
  const before = await sd.shell('systemctl show -p MainPID --value netdata')
  await sd.shell('systemctl stop netdata; systemctl disable netdata')
  expect(await lab.rest(lists(agent()))).toMatch(/running: false -> true.*\n.*enabled: false -> true/)
  await lab.apply(lists(agent()))
  expect(await sd.shell('systemctl show -p MainPID --value netdata')).not.toBe(before)
  await sd.shell('kill -9 "$(systemctl show -p MainPID --value netdata)"')
  await lab.apply(lists(agent()))
  expect((await info()).mirrored_hosts).toEqual(['tower'])
  expect(await lab.rest(lists(agent()))).toBe('')
})

test('what was changed or broken by hand is shown, and repaired', async () => {
  const good = await conf()
  await sd.shell(
    "sed -i 's/mode = ram/mode = none/; $ a rubbish' /etc/netdata/netdata.conf; echo '[x]\ny = z' >> /etc/netdata/netdata.conf",
  )
  const plan = await lab.rest(lists(agent()))
  expect(plan).toContain('settings.db.mode: "none" -> "ram" (restart, drifted)')
  expect(plan).toContain('rubbish')
  expect(plan).toMatch(/settings\.x\.y: "z"/)
  await lab.apply(lists(agent()))
  expect(await conf()).toBe(good)
  expect(await lab.rest(lists(agent()))).toBe('')
})

test('a file that was written and not loaded is loaded', async () => {
  const text = (await conf()).replace('hostname = tower', 'hostname = castle')
  const castle = lists(agent({ hostname: 'castle' }))
  // As if the run had ended between the two; whole seconds are what the agent's start is compared in.
  await sd.shell('sleep 2; printf "%s\n" "$1" > /etc/netdata/netdata.conf', text)
  expect(await lab.rest(castle)).toMatch(/loaded: false -> true/)
  await lab.apply(castle)
  expect((await info()).mirrored_hosts).toEqual(['castle'])
  await lab.apply(lists(agent()))
})

test('a port that is taken is told, and it runs on as it did', async () => {
  await sd.shell('systemd-run -q --unit=taker python3 -m http.server 18080 --bind 127.0.0.1')
  const before = await conf()
  const told = await messages(lists(agent({ port: 18_080 })))
  expect(told.join('\n')).toMatch(/Netdata does not .*18080.*It runs again with the configuration that it had/)
  expect(await conf()).toBe(before)
  expect((await info()).mirrored_hosts).toEqual(['tower'])
  expect(await lab.rest(lists(agent()))).toBe('')
  await sd.shell('systemctl stop taker')
})

test('one that loads for long is waited for as long as the update may take, and what it does is told', async () => {
  const slow = (update: string) => lists(agent({ hostname: 'slow', timeouts: { update } }))
  // Now and then this agent takes long to end, which is no part of what is tested.
  await sd.shell('systemctl stop netdata')
  const told = await withSlowStarts(sd, 3600, () => messages(slow('12s')))
  expect(told.join('\n')).toMatch(
    /command_failed: .*runs, but has not answered on port 19999 for \d+ s: .*no Netdata agent/,
  )
  await withSlowStarts(sd, 6, () => lab.apply(slow('60s')))
  expect((await info()).mirrored_hosts).toEqual(['slow'])
  await lab.apply(lists(agent()))
})

test('an option that this agent is too old for is refused before anything is done', async () => {
  const told = await messages(lists(agent({ database: { tiers: [{ size: '64MiB' }, { time: '30d' }] } })))
  expect(told).toEqual([expect.stringMatching(/^agent_too_old: Netdata 1\.37\.1 is too old for it: it needs 1\.46\.0/)])
  expect(await lab.rest(lists(agent()))).toBe('')
})

test('two of the lab on one port of a host are refused', async () => {
  const other = docker.container('other', { on: tower, image: 'web', ports: ['19999:80'] })
  await expect(lab.plan(lists(agent(), other))).rejects.toThrow(/both want port .*19999/)
})

test('a clone of the machine gets an identity of its own', async () => {
  const { uid } = await info()
  await sd.shell('cp /etc/machine-id /run/was; sed -i "s/^......../0123abcd/" /etc/machine-id')
  const clone = testLab('home')
  expect(await clone.rest(lists(agent()))).toContain('guid')
  await clone.apply(lists(agent()))
  await until('it has another identity', async () => (await info()).uid !== uid, {
    ...{ seconds: 30, signal: new AbortController().signal },
  })
  expect(await clone.rest(lists(agent()))).toBe('')
  await sd.shell('cat /run/was > /etc/machine-id')
  await lab.apply(lists(agent()))
})

test('it goes as it came: the package stays with its own file, and does not run', async () => {
  await lab.destroy(lists(agent()))
  expect(await conf()).toContain('bind socket to IP')
  expect(await sd.shell('systemctl is-active netdata || :; systemctl is-enabled netdata || :')).toBe(
    'inactive\ndisabled',
  )
})

test('one that somebody configured by hand is taken over only when asked, and given back as it was', async () => {
  const hand = '[global]\n    hostname = mine\n[web]\n    bind to = 127.0.0.1\n'
  await sd.shell('printf "%s" "$1" > /etc/netdata/netdata.conf; systemctl enable --now netdata', hand)
  expect((await messages(lists(agent()))).join()).toContain('already_exists')
  await lab.apply(lists(agent()), { adopt: ['watch'] })
  await sd.shell('rm /etc/netdata/netdata.conf')
  await lab.apply(lists(agent()))
  expect((await info()).mirrored_hosts).toEqual(['tower'])
  const { diagnostics } = await withoutRestarts(sd, () => lab.attempt(lists(agent()), { mode: 'destroy' }))
  expect(diagnostics.map(({ code }) => code)).toEqual(['command_failed'])
  expect(await conf()).toBe(hand.trimEnd())
  expect((await info()).mirrored_hosts).toEqual(['tower'])
  expect(await lab.rest(lists(agent()))).toMatch(/loaded: false -> true/)
  await lab.destroy(lists(agent()))
  expect(await conf()).toBe(hand.trimEnd())
  expect((await info()).mirrored_hosts).toEqual(['mine'])
  expect(await sd.shell('ls -A /etc/netdata')).not.toContain('lares')
  expect(await sd.shell('ls -A /etc/netdata')).not.toContain('leaving')
})
