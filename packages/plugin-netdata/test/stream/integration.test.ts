import { type AnyResource, type LaresError, type LaresEvent, secret } from '@lares/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from '../../../../e2e/rig/wait.ts'
import { testLab } from '../../../../e2e/test-lab.ts'
import { type SystemdHost, startSystemdHost } from '../../../plugin-host/test/systemd-host.ts'
import netdata from '../../src/index.ts'
import { withoutRestarts } from '../unit.ts'

const OWN_KEY = '5e3d2f0a-9b1c-4f57-8d2e-6a7b8c9d0e1f'
const events: LaresEvent[] = []
const lab = testLab('home', { KEY: OWN_KEY }, (event) => events.push(event))

let tower: SystemdHost
let nas: SystemdHost
beforeAll(async () => {
  ;[tower, nas] = await Promise.all([startSystemdHost(43), startSystemdHost(44)])
  for (const sd of [tower, nas])
    await sd.shell(
      'rm -f /var/lib/netdata/registry/*; cat > /etc/netdata/stream.conf < /dev/null; rm /etc/netdata/stream.conf',
    )
})
afterAll(async () => {
  await Promise.all([tower?.stop(), nas?.stop()])
})

const plugins = Object.fromEntries(
  ['apps', 'cgroups', 'charts.d', 'diskspace', 'go.d', 'perf', 'python.d', 'slabinfo', 'statsd', 'tc', 'timex'].map(
    (name) => [name, false],
  ),
)
const quick = { database: { mode: 'ram' as const, retention: 300 }, plugins, updateEvery: '1s' }
const agents = () => ({
  center: netdata.agent('center', { on: tower.machine(), hostname: 'tower', bind: ['*'], ...quick }),
  leaf: netdata.agent('leaf', { on: nas.machine(), hostname: 'nas', ...quick }),
})
type ParentInputs = Omit<Parameters<typeof netdata.parent>[1], 'on'>
type StreamInputs = Omit<Parameters<typeof netdata.stream>[1], 'on' | 'to'>

function parts(parent: ParentInputs = {}, child: StreamInputs = {}) {
  const { center, leaf } = agents()
  const central = netdata.parent('central', { on: center, ...parent })
  return { center, leaf, central, child: netdata.stream('nas', { on: leaf, to: central.stream, ...child }) }
}
const link = (parent?: ParentInputs, child?: StreamInputs): AnyResource[] => Object.values(parts(parent, child))

const conf = (sd: SystemdHost) => sd.shell('cat /etc/netdata/stream.conf')
const pid = (sd: SystemdHost) => sd.shell('systemctl show -p MainPID --value netdata')
const keyIn = (text: string) => /\[([0-9a-f-]{36})\]/.exec(text)![1]!
interface Info {
  uid: string
  mirrored_hosts_status: { hostname: string; guid: string; reachable: boolean }[]
}
const info = async (sd: SystemdHost): Promise<Info> =>
  JSON.parse(await sd.shell('curl -fsS --retry 20 --retry-connrefused http://127.0.0.1:19999/api/v1/info'))
const children = async () =>
  (await info(tower)).mirrored_hosts_status.slice(1).map(({ hostname, reachable }) => ({ hostname, reachable }))
const shown = async () => JSON.stringify([await lab.store.read(), events, await lab.plan(link({ rotation: 'none' }))])

/** What goes wrong, be it that there is no plan. */
async function told(resources: AnyResource[]): Promise<string> {
  const diagnostics = await lab.attempt(resources).then(
    (attempt) => attempt.diagnostics,
    (error: LaresError) => error.diagnostics,
  )
  return diagnostics.map(({ code, summary, advice }) => `${code}: ${summary} (${advice})`).join('\n')
}

const theirs = `# Of others.
[stream]
    enabled = no
    destination =
[11111111-2222-3333-4444-555555555555]
    type = api
    enabled = yes
`

test('what a child measures arrives at its parent, in one apply, and nothing is left to do', async () => {
  for (const sd of [tower, nas]) await sd.shell('printf "%s" "$1" > /etc/netdata/stream.conf', theirs)
  await lab.apply(link())
  expect(await children()).toEqual([{ hostname: 'nas', reachable: true }])
  expect(await lab.rest(link())).toBe('')
  for (const sd of [tower, nas]) {
    expect((await conf(sd)).startsWith(theirs)).toBe(true)
    expect(await sd.shell('stat -c "%a %U %G" /etc/netdata/stream.conf')).toBe('640 root netdata')
  }
})

test('several changes are one start of each agent, and none is made where nothing changes', async () => {
  const before = [await pid(tower), await pid(nas)]
  const starts = () => nas.shell('journalctl -u netdata -o cat | grep -c "^Started" || :')
  const started = Number(await starts())
  const more = link(
    { allowFrom: ['10.*', 'localhost'], database: 'ram', retention: 200, health: 'auto', replicationPeriod: '60m' },
    { compression: false, bufferSize: '20MiB', reconnectDelay: '2s', charts: ['!disk*', '*'], timeout: '60s' },
  )
  await lab.apply(more)
  expect(await lab.rest(more)).toBe('')
  expect(Number(await starts())).toBe(started + 1)
  const now = [await pid(tower), await pid(nas)]
  expect(now[0]).not.toBe(before[0])
  await lab.apply(more)
  expect([await pid(tower), await pid(nas)]).toEqual(now)
  await lab.apply(link())
  expect(await lab.rest(link())).toBe('')
})

test('an option that is taken out again goes back to its default, in whatever words it was written', async () => {
  const written: [ParentInputs, StreamInputs][] = [
    [{ postponeAlerts: '60s' }, { timeout: '90s' }],
    [{ replicationPeriod: '1h60m' }, { bufferSize: 2_097_152 }],
  ]
  for (const [parent, child] of written) {
    await lab.apply(link(parent, child))
    expect(await lab.rest(link(parent, child))).toBe('')
    await lab.apply(link())
    for (const sd of [tower, nas]) expect(await conf(sd)).not.toMatch(/seconds|bytes/)
    expect(await lab.rest(link())).toBe('')
  }
})

const watchArguments = 'while :; do cat /proc/[0-9]*/cmdline >> /run/arguments 2> /dev/null; sleep .02; done'

test('another key is made when it is asked for, and the child follows in the same apply', async () => {
  const former = keyIn((await conf(tower)).slice(theirs.length))
  for (const sd of [tower, nas]) await sd.shell(`systemd-run -q --unit=watch sh -c '${watchArguments}'`)
  await lab.apply(link({ rotation: 2 }))
  const text = (await conf(tower)).slice(theirs.length)
  expect(keyIn(text)).not.toBe(former)
  expect(await conf(nas)).toContain(`api key = ${keyIn(text)}`)
  for (const sd of [tower, nas]) expect(await conf(sd)).not.toContain(former)
  expect(await children()).toEqual([{ hostname: 'nas', reachable: true }])
  expect(await lab.rest(link({ rotation: 2 }))).toBe('')
  for (const key of [former, keyIn(text)]) expect(await shown()).not.toContain(key)
  for (const sd of [tower, nas]) {
    await sd.shell('systemctl stop watch')
    const seen = await sd.shell('tr "\\0" " " < /run/arguments')
    expect(seen).toContain('netdata')
    expect(seen).not.toContain(keyIn(text))
  }
})

test('a child that is killed and a parent that is started again are streaming soon', async () => {
  await nas.shell('systemctl kill -s KILL netdata')
  await tower.shell('systemctl restart netdata')
  await until('the child is back', async () => (await children())[0]?.reachable === true, {
    ...{ seconds: 60, signal: new AbortController().signal },
  })
  await nas.shell('systemctl stop netdata')
  expect(await lab.rest(link({ rotation: 2 }))).toContain('running')
  await lab.apply(link({ rotation: 2 }))
  expect(await children()).toEqual([{ hostname: 'nas', reachable: true }])
})

test('a file that was written and not loaded is loaded', async () => {
  const former = await pid(nas)
  // As if a run had ended between the two; whole seconds are what the start of the agent is compared in.
  await nas.shell("sleep 2; sed -i 's/^    api key = .*/&\\n    timeout seconds = 30/' /etc/netdata/stream.conf")
  const same = link({ rotation: 2 }, { timeout: '30s' })
  expect(await lab.rest(same)).toContain('running')
  await lab.apply(same)
  expect(await pid(nas)).not.toBe(former)
  await lab.apply(link({ rotation: 2 }))
})

test('a delete that was cut short before the agent heard of it is carried through', async () => {
  const { center, leaf, central } = parts({ rotation: 2 })
  for (const [sd, what, rest] of [
    [nas, 'nas', [center, leaf, central]],
    [tower, 'central', [center, leaf]],
  ] as const) {
    const former = await pid(sd)
    const { diagnostics } = await withoutRestarts(sd, () => lab.attempt(rest))
    expect(diagnostics.map(({ code, address }) => `${address} ${code}`)).toEqual([`${what} command_failed`])
    expect(await conf(sd)).toBe(theirs.trimEnd())
    expect(await pid(sd)).toBe(former)
    expect(await sd.shell('stat -c %a /etc/netdata/.stream.conf.leaving')).toBe('600')
    expect(await lab.rest(link({ rotation: 2 }))).toMatch(/enabled: false -> true[\s\S]*running: false -> true/)
    expect(await lab.rest(rest)).toContain(what)
    await lab.apply(rest)
    expect(await pid(sd)).not.toBe(former)
    expect(await lab.rest(rest)).toBe('')
    expect(await sd.shell('ls -A /etc/netdata')).not.toContain('leaving')
  }
  await lab.apply(link())
  expect(await lab.rest(link())).toBe('')
})

test('after the state was lost, the key is found again', async () => {
  const key = keyIn((await conf(tower)).slice(theirs.length))
  const again = testLab('home')
  await again.apply(link())
  expect(keyIn((await conf(tower)).slice(theirs.length))).toBe(key)
  expect(await again.rest(link())).toBe('')
})

test("one's own key is taken, shown to nobody, and used by one parent alone", async () => {
  const key = secret.env('KEY')
  await lab.apply(link({ key }))
  expect(await conf(tower)).toContain(`[${OWN_KEY}]`)
  expect(await lab.rest(link({ key }))).toBe('')
  const all = parts({ key })
  expect(await told([...Object.values(all), netdata.parent('other', { on: all.leaf, key })])).toMatch(
    /claim_clash: "central" and "other" both want the streaming key/,
  )
  expect(await told(link({ key: '11111111-2222-3333-4444-555555555555' }))).toContain('key_in_use')
  expect(await shown()).not.toContain(OWN_KEY)
  await lab.apply(link())
  expect(await lab.rest(link())).toBe('')
})

test('a child that cannot reach its parent is not ready, and tells why', async () => {
  const { center, leaf } = agents()
  const to = { destinations: [`${tower.address}:19998`], key: OWN_KEY }
  const lost = netdata.stream('nas', { on: leaf, to, timeouts: { ready: '6s' } } as never)
  const { diagnostics } = await lab.attempt([center, leaf, lost])
  expect(diagnostics.map(({ code }) => code)).toEqual(['not_ready'])
  expect(JSON.stringify(events)).toContain("can't be asked")
  await lab.apply(link())
})

test('a copy of a child is refused, by the plan and by the parent', async () => {
  await lab.apply(link())
  const all = parts()
  const { uid } = await info(nas)
  const copy = await startSystemdHost(45)
  try {
    await copy.shell('echo "$1" > /var/lib/netdata/registry/netdata.public.unique.id; systemctl start netdata', uid)
    const twin = netdata.stream('twin', { on: copy.machine(), to: all.central.stream })
    expect(await told([...Object.values(all), twin])).toMatch(
      /claim_clash: .*the Netdata identity .*identity of its own/,
    )
    const other = testLab('other')
    const to = { destinations: [`${tower.address}:19999`], key: keyIn((await conf(tower)).slice(theirs.length)) }
    const refused = await other.attempt([netdata.stream('twin', { on: copy.machine(), to })])
    expect(refused.diagnostics.map(({ code }) => code)).toEqual(['identity_in_use'])
    expect(await copy.shell('ls /etc/netdata')).not.toContain('stream.conf')
  } finally {
    await copy.stop()
  }
})

test('a copy whose agent gets an identity of its own streams in the same apply', async () => {
  const copy = await startSystemdHost(45)
  const { uid } = await info(nas)
  const read = (file: string) => nas.shell(`cat /etc/netdata/${file}`)
  try {
    await copy.shell(
      `echo "$1" > /var/lib/netdata/registry/netdata.public.unique.id
      printf '%s\\n' "$2" > /etc/netdata/netdata.conf
      printf '%s\\n' "$3" > /etc/netdata/stream.conf`,
      ...[uid, await read('netdata.conf'), await read('stream.conf')],
    )
    const all = parts()
    const copied = netdata.agent('copied', { on: copy.machine(), hostname: 'copy', ...quick })
    const twin = netdata.stream('twin', { on: copied, to: all.central.stream })
    const both = [...Object.values(all), copied, twin]
    await lab.apply(both, { adopt: ['copied', 'twin'] })
    expect(await children()).toEqual(
      expect.arrayContaining(['nas', 'copy'].map((hostname) => ({ hostname, reachable: true }))),
    )
    expect((await info(copy)).uid).not.toBe(uid)
    expect(await lab.rest(both)).toBe('')
    await lab.apply(Object.values(all))
  } finally {
    await copy.stop()
  }
})

test('when the agent of a parent gets another port, its children follow in the same apply', async () => {
  const { leaf } = agents()
  const center = netdata.agent('center', {
    on: tower.machine(),
    hostname: 'tower',
    bind: ['*'],
    port: 19_998,
    ...quick,
  })
  const central = netdata.parent('central', { on: center })
  const moved = [center, leaf, central, netdata.stream('nas', { on: leaf, to: central.stream })]
  const plan = await lab.apply(moved)
  expect(JSON.stringify(plan)).not.toContain(keyIn((await conf(tower)).slice(theirs.length)))
  expect(await conf(nas)).toContain(`destination = ${tower.address}:19998`)
  expect(await lab.rest(moved)).toBe('')
  await lab.apply(link())
  expect(await lab.rest(link())).toBe('')
})

test('an agent that is its own parent, and two that are parents of each other, are refused', async () => {
  const all = parts()
  const { center, leaf, central } = all
  const itself = netdata.stream('itself', { on: center, to: central.stream })
  expect(await told([...Object.values(all), itself])).toContain('own_parent')
  const second = netdata.parent('second', { on: leaf })
  await lab.apply([...Object.values(all), second])
  expect(await told([...Object.values(all), second])).toContain('loopback_only')
  const back = netdata.stream('back', { on: center, to: second.stream })
  expect(await told([...Object.values(all), second, back])).toMatch(/claim_clash: .*the stream between/)
  await lab.apply(link())
})

test('a stream of somebody else is refused until it is taken over', async () => {
  const { child: _, ...others } = parts()
  await lab.apply(Object.values(others))
  const hand = theirs.replace('[stream]\n    enabled = no', '[stream]\n    enabled = yes')
  await nas.shell('printf "%s" "$1" > /etc/netdata/stream.conf', hand)
  expect(await told(link())).toContain('already_exists')
  expect(await conf(nas)).toBe(hand.trimEnd())
  await lab.apply(link(), { adopt: ['nas'] })
  expect(await children()).toEqual([{ hostname: 'nas', reachable: true }])
  expect(await lab.rest(link())).toBe('')
})

test('it goes as it came', async () => {
  await nas.shell(
    'printf "%s" "$1" > /run/mine; cat /run/mine /etc/netdata/stream.conf > /run/both; cat /run/both > /etc/netdata/stream.conf',
    '# Mine.\n',
  )
  await lab.destroy(link())
  expect(await conf(tower)).toBe(theirs.trimEnd())
  expect(await conf(nas)).toContain('# Mine.\n# Of others.')
  expect(await conf(nas)).not.toContain('[stream]')
})
