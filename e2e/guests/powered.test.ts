import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Lab, labBeside } from '../lares.ts'
import { type RigBmc, startBmc } from '../rig/bmc.ts'
import { onGuest, virsh } from '../rig/hypervisor.ts'
import { type NfsGuests, nfsGuests } from '../rig/nfs-guests.ts'
import { rig } from '../rig/rig.ts'

const minutes = 60_000
const domain = 'client'
let guests: NfsGuests
let bmc: RigBmc
let lab: Lab

/** From the hardware up: a BMC, the machine that it powers, a share mounted there, and containers, of which one reads it. */
function config(more: object = {}): string {
  const { address, user } = bmc
  const loop = ['sh', '-c', "trap 'exit 0' TERM; while :; do cat /media/note 2> /dev/null; sleep 1; done"]
  const { busybox } = rig().images
  const reader = { image: busybox, command: loop, volumes: ['/mnt/media:/media:ro'], stop_grace_period: '30s' }
  const resources = {
    board: { type: 'ipmi.bmc', address, user, password: '${secret.env.BMC_PASSWORD}' },
    power: { type: 'ipmi.power', on: 'board', state: 'on' },
    tower: { type: 'host.machine', ...guests.client.endpoint, power: '${power.state}' },
    films: { type: 'nfs.mount', on: 'tower', source: 'server:/srv/media', target: '/mnt/media' },
    database: { type: 'docker.container', on: 'tower', image: busybox, command: loop, stopGracePeriod: '30s' },
    plex: {
      ...{ type: 'docker.compose', on: 'tower', dependsOn: ['films', 'database'] },
      content: JSON.stringify({ services: { reader } }),
    },
    ...more,
  }
  const plugins = ['ipmi', 'host', 'nfs', 'docker'].map((name) => `@lares/plugin-${name}`)
  return JSON.stringify({ name: 'powered', plugins, resources }, null, 2)
}

const inTower = async (command: string) => (await onGuest(domain, 'sh', '-c', command)).stdout
/** Seconds since 1970 at which a container began or ended, by its engine. */
const timeOf = async (container: string, what: 'StartedAt' | 'FinishedAt') =>
  Date.parse(await inTower(`docker inspect --format '{{.State.${what}}}' ${container}`)) / 1000
/** What the BMC had its machine do since then, and when; questions left out. */
async function told(since: number): Promise<{ time: number; text: string }[]> {
  const lines = (await readFile(join(bmc.folder, 'chassis.log'), 'utf8')).trim().split('\n')
  const all = lines.map((line) => ({ time: Number(line.split(' ')[0]), text: line.split(' ').slice(1).join(' ') }))
  return all.filter(({ time, text }) => time >= since && text.startsWith('set '))
}
const isRunning = async (container: string) =>
  (await inTower(`docker inspect --format '{{.State.Running}}' ${container}`)) === 'true'
const now = () => Date.now() / 1000
/** The clock of an emulated machine is not that of this one; what is compared is seconds apart. */
const CLOCKS = 5

async function expectNothingLeft(): Promise<void> {
  const { exitCode, text } = await lab.lares('plan', '--detailed-exitcode')
  expect(exitCode, text).toBe(0)
}

async function expectAllUp(): Promise<void> {
  expect(await inTower('cat /mnt/media/note')).toBe('first')
  expect(await isRunning('database')).toBe(true)
  expect(await inTower('docker exec plex-reader-1 cat /media/note')).toBe('first')
  await expectNothingLeft()
}

beforeAll(async () => {
  guests = await nfsGuests()
  await guests.server.run(`set -eu
    mkdir -p /srv/media
    echo first > /srv/media/note
    systemctl -q enable --now nfs-server
    echo "/srv/media ${guests.client.address}(rw,no_root_squash,no_subtree_check)" >> /etc/exports
    exportfs -a`)
  bmc = await startBmc({ domain })
  const env = { BMC_PASSWORD: bmc.password }
  lab = await labBeside('quickstart', { 'lares.yaml': config() }, { minutes: 20, env })
}, 15 * minutes)
afterAll(async () => {
  await lab?.remove()
  await bmc?.remove()
  await guests?.remove()
})

test(
  'an apply that needs a machine that is off switches it on, and its plan says so',
  async () => {
    await guests.client.powerOff()
    const planned = await lab.lares('plan', '--detailed-exitcode')
    expect(planned.text).toMatch(/power .*ipmi\.power/)
    expect(planned.text).toMatch(/tower .*after power/)
    expect(await virsh('domstate', domain)).toBe('shut off')
    const began = now()
    const applied = await lab.lares('apply', '--yes')
    expect(applied.exitCode, applied.text).toBe(0)
    expect((await told(began)).map(({ text }) => text)).toEqual(['set power 1'])
    await expectAllUp()
  },
  15 * minutes,
)

test(
  'stopped and started, everything goes and comes in its order, by the clocks of the parts themselves',
  async () => {
    const began = now()
    const stopped = await lab.lares('stop', '--yes')
    expect(stopped.exitCode, stopped.text).toBe(0)
    expect(await virsh('domstate', domain)).toBe('shut off')
    const off = now()
    expect((await told(began)).filter(({ text }) => text === 'set power 0')).toEqual([])
    const left = await lab.lares('plan', '--detailed-exitcode')
    expect(left.exitCode, left.text).toBe(0)
    expect(left.text).toMatch(/Stopped on purpose, and left so: .*tower/)
    expect((await lab.lares('status')).text).toMatch(/off +power .*stopped on purpose/)

    const again = now()
    const started = await lab.lares('start', '--yes')
    expect(started.exitCode, started.text).toBe(0)
    const [on, ...others] = await told(again)
    expect(on?.text).toBe('set power 1')
    expect(others).toEqual([])
    const [reader, database] = ['plex-reader-1', 'database']
    expect(await timeOf(reader, 'FinishedAt')).toBeGreaterThan(began - CLOCKS)
    expect(await timeOf(database, 'FinishedAt')).toBeGreaterThan(await timeOf(reader, 'FinishedAt'))
    expect(await timeOf(database, 'FinishedAt')).toBeLessThan(off + CLOCKS)
    expect(await timeOf(database, 'StartedAt')).toBeGreaterThan(on!.time - CLOCKS)
    expect(await timeOf(reader, 'StartedAt')).toBeGreaterThan(await timeOf(database, 'StartedAt'))
    await expectAllUp()
  },
  15 * minutes,
)

test(
  'killed half-way, the same command goes on: a stop with the first container off, a start with the machine on',
  async () => {
    const made = await inTower('docker inspect --format {{.Id}} database plex-reader-1')
    await lab.laresKilled(async () => !(await isRunning('plex-reader-1')), 'stop', '--yes')
    expect(await virsh('domstate', domain)).toBe('running')
    const stopped = await lab.lares('stop', '--yes')
    expect(stopped.exitCode, stopped.text).toBe(0)
    expect(await virsh('domstate', domain)).toBe('shut off')
    await lab.laresKilled(async () => (await virsh('domstate', domain)) === 'running', 'start', '--yes')
    const started = await lab.lares('start', '--yes')
    expect(started.exitCode, started.text).toBe(0)
    expect(await inTower('docker inspect --format {{.Id}} database plex-reader-1')).toBe(made)
    await expectAllUp()
  },
  20 * minutes,
)

test(
  'what a stop would lose is told before anything is stopped',
  async () => {
    await inTower(`docker run --detach --rm --name passing ${rig().images.busybox} sleep 1000000`)
    const passing = {
      type: 'docker.container',
      on: 'tower',
      image: rig().images.busybox,
      command: ['sleep', '1000000'],
    }
    await writeFile(join(lab.directory, 'lares.yaml'), config({ passing }))
    const taken = await lab.lares('import', 'passing', '--yes')
    expect(taken.exitCode, taken.text).toBe(0)
    const began = now()
    const refused = await lab.lares('stop', '--yes')
    expect(refused.exitCode, refused.text).toBe(1)
    expect(refused.text).toMatch(/Stopping "passing" would lose the container/)
    expect(await told(began)).toEqual([])
    expect(await isRunning('plex-reader-1')).toBe(true)
    expect(await isRunning('passing')).toBe(true)
  },
  10 * minutes,
)
