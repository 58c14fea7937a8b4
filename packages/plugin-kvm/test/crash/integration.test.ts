import { memoryStore } from '@lares/core/testing'
import { connectHost } from '@lares/transport'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { connectLibvirt, type Libvirt, STDIN } from '../../src/index.ts'
import { live, type Wish } from './lives.ts'

const pool = 'lares-crash'
const directory = '/var/lib/libvirt/images/lares-crash'
let libvirt: Libvirt

beforeAll(async () => {
  libvirt = connectLibvirt({ host: await connectHost() })
  await libvirt.host.exec(['mkdir', '-p', directory])
  await libvirt.virsh(['pool-define-as', pool, 'dir', '--target', directory])
  await libvirt.virsh(['pool-start', pool])
  const network = `<network><name>lares-crash</name><bridge name='larcrash0'/><ip address='10.79.1.1' netmask='255.255.255.0'><dhcp><range start='10.79.1.9' end='10.79.1.99'/></dhcp></ip></network>`
  await libvirt.virsh(['net-define', STDIN], { input: network })
  await libvirt.virsh(['net-start', 'lares-crash'])
})
afterAll(async () => {
  for (const [command, ...args] of [
    ['destroy', 'guest'],
    ['undefine', 'guest'],
    ['net-destroy', 'lares-crash'],
    ['net-undefine', 'lares-crash'],
    ['pool-destroy', pool],
    ['pool-undefine', pool],
  ])
    await libvirt.virsh([command!, ...args]).catch(() => {})
  await libvirt.host.exec(['rm', '-r', directory])
  await libvirt.host.close()
})

const disks = [
  { size: '4MiB', pool },
  { name: 'data', size: '4MiB', pool },
]
// Nothing boots from empty disks, so that the guest runs and does nothing.
const first = {
  memory: '64MiB',
  cpu: { model: 'qemu64' },
  disks,
  interfaces: [{ network: 'lares-crash', address: '10.79.1.5' }],
  cloudInit: { user: 'ops', onChange: 'replace-guest' },
  shutdown: { timeout: 0, force: true },
  autostart: true,
}
const bigger = {
  ...first,
  vcpus: 2,
  disks: [disks[0], { ...disks[1], size: '8MiB' }, { name: 'more', size: '2MiB', pool }],
}
const other = { ...first, cloudInit: { user: 'dev', onChange: 'replace-guest' } }
const both = ['guest/disks/root', 'guest/disks/data']

const changes: Record<string, { from?: Wish; to: Wish }> = {
  creation: { to: { inputs: first } },
  'a change with a restart': { from: { inputs: first }, to: { inputs: bigger } },
  'another guest in its place': { from: { inputs: first }, to: { inputs: other } },
  'a new name': { from: { inputs: first }, to: { inputs: { ...first, name: 'renamed' } } },
  'destruction that keeps the data': { from: { inputs: first }, to: { inputs: first, destroy: true } },
  'destruction of everything': { from: { inputs: first }, to: { inputs: first, destroy: true, allowDataLoss: both } },
}

/** In CI each third of the boundaries; `LARES_CRASH=all` for all of them. */
const STEP = process.env.LARES_CRASH === 'all' ? 1 : 3

const names = async () => (await libvirt.virsh(['list', '--all', '--name'])).trim()
const volumes = async () =>
  (await libvirt.virsh(['vol-list', pool]))
    .split('\n')
    .map((line) => line.trim().split(/\s+/)[0]!)
    .filter((name) => name !== '')
    .sort()

async function clear(): Promise<void> {
  for (const name of (await names()).split('\n').filter(Boolean)) {
    await libvirt.virsh(['destroy', name]).catch(() => {})
    await libvirt.virsh(['undefine', name])
  }
  for (const name of await volumes()) await libvirt.virsh(['vol-delete', '--pool', pool, '--vol', name])
}

const data = `${directory}/crash.guest.data.qcow2`
const write = () => libvirt.host.exec(['qemu-io', '-c', `write -P 107 0 512`, '-f', 'qcow2', data], { reject: false })
const holds = async () =>
  (await libvirt.host.exec(['qemu-io', '-U', '-c', 'read -P 107 0 512', '-f', 'qcow2', data], { reject: false })).stdout

for (const [name, { from, to }] of Object.entries(changes)) {
  test(`${name}: killed at any call, the next apply converges`, { timeout: 900_000 }, async () => {
    const boundaries: string[] = []
    for (let strike = 1, died = true; died; strike += STEP) {
      for (const moment of ['before', 'after'] as const) {
        await clear()
        let store = memoryStore('crash')
        if (from) {
          // Data is written while nothing runs from it.
          expect((await live(store, { ...from, inputs: { ...from.inputs, running: false } })).trouble).toBe('')
          expect((await write()).stdout).toContain('wrote 512')
          store = store.reopen()
          expect((await live(store, { ...from, inputs: { ...from.inputs, running: true } })).trouble).toBe('')
          store = store.reopen()
        }
        const life = await live(store, to, strike, moment)
        died = life.died
        if (!died) break
        boundaries.push(`${life.commands.at(-1)} (${strike}, ${moment})`)
        store = store.reopen()
        const second = await live(store, to)
        expect([boundaries.at(-1), second.trouble]).toEqual([boundaries.at(-1), ''])
        store = store.reopen()
        const third = await live(store, to)
        expect([boundaries.at(-1), third.commands, third.trouble]).toEqual([boundaries.at(-1), [], ''])
        const all = await volumes()
        const lost = to.allowDataLoss !== undefined
        expect([boundaries.at(-1), await names()]).toEqual([
          boundaries.at(-1),
          to.destroy ? '' : ((to.inputs['name'] as string) ?? 'guest'),
        ])
        expect([boundaries.at(-1), all.filter((each) => /data/.test(each))]).toEqual([
          boundaries.at(-1),
          lost ? [] : ['crash.guest.data.qcow2'],
        ])
        expect(all.filter((each) => /partial/.test(each))).toEqual([])
        expect([boundaries.at(-1), all.filter((each) => /root/.test(each)).length]).toEqual([
          boundaries.at(-1),
          lost ? 0 : name.includes('in its place') ? 2 : 1,
        ])
        if (from && !lost)
          expect([boundaries.at(-1), await holds()]).toEqual([
            boundaries.at(-1),
            expect.not.stringContaining('verification failed'),
          ])
      }
    }
    console.log(`${name}: ${boundaries.length} boundaries: ${boundaries.join(', ')}`)
    expect(boundaries.length).toBeGreaterThan(2)
    await clear()
  })
}
