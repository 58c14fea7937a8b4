import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Lab, labBeside } from '../lares.ts'
import { emptyHypervisor, isOff, onGuest, virsh } from '../rig/hypervisor.ts'
import { rig, rigHost } from '../rig/rig.ts'

const volume = 'layers.house.root.qcow2'
const minutes = 60_000
let lab: Lab

/** A lab in layers: a hypervisor over SSH, a guest on it, a container in the guest, and beside it a file on the tower. */
async function config(): Promise<string> {
  const { url, sha256 } = rig().libvirt.images.docker
  const { address, identityFile } = rigHost('tower')
  const key = (await readFile(`${identityFile}.pub`, 'utf8')).trim()
  const resources = {
    tower: { type: 'host.machine', address, user: 'root' },
    images: { type: 'kvm.pool', on: 'tower', path: '/var/lib/libvirt/layers' },
    lan: { type: 'kvm.network', on: 'tower', cidr: '192.168.160.0/24' },
    house: {
      ...{ type: 'kvm.domain', on: 'tower', vcpus: 2, memory: '1GiB', cpu: { model: 'qemu64' } },
      disks: [{ image: { url, sha256 }, pool: '${images.name}', size: '6GiB' }],
      interfaces: [{ network: '${lan.name}' }],
      cloudInit: { users: [{ name: 'ops', groups: ['docker'], sudo: true, authorizedKeys: [key] }] },
      ...{ ssh: { identityFiles: [identityFile] }, addressTimeout: '15m' },
      xml: "<domain><features><tcg><tb-cache unit='MiB'>96</tb-cache></tcg></features></domain>",
    },
    web: { type: 'docker.container', on: 'house', image: rig().images.busybox },
    note: { type: 'host.file', on: 'tower', path: '/srv/note', content: 'first\n' },
  }
  const plugins = ['@lares/plugin-host', '@lares/plugin-kvm', '@lares/plugin-docker']
  return JSON.stringify({ name: 'layers', plugins, resources }, null, 2)
}

beforeAll(async () => {
  await emptyHypervisor()
  lab = await labBeside('quickstart', { 'lares.yaml': await config() }, { minutes: 25 })
})
afterAll(async () => {
  await emptyHypervisor()
  await lab.remove()
})

test(
  'the plan of an empty hypervisor says what is decided later',
  async () => {
    const { exitCode, text } = await lab.lares('plan', '--detailed-exitcode')
    expect(exitCode, text).toBe(2)
    expect(text).toMatch(/web .*after house is ready/)
    expect(text).toMatch(/disks.root: .*images.layers.house.root.qcow2, 6GiB, from http/)
    expect(await virsh('list', '--all', '--name')).toBe('')
  },
  minutes,
)

test(
  'one apply builds all layers, the next one changes nothing',
  async () => {
    const applied = await lab.lares('apply', '--yes')
    expect(applied.exitCode, applied.text).toBe(0)
    expect((await onGuest('house', 'docker', 'ps', '--format', '{{.Names}} {{.State}}')).stdout).toContain('running')
    const planned = await lab.lares('plan', '--detailed-exitcode')
    expect(planned.exitCode, planned.text).toBe(0)
  },
  30 * minutes,
)

test(
  'stopped in order, it reads as stopped and is left so; started, it is as before',
  async () => {
    const stopped = await lab.lares('stop', '--yes')
    expect(stopped.exitCode, stopped.text).toBe(0)
    expect(stopped.text).toMatch(/web stopped.*house stopped/s)
    expect(stopped.text).toMatch(/left running: nothing could start it again/)
    expect(await virsh('domstate', 'house')).toContain('shut off')
    const planned = await lab.lares('plan', '--detailed-exitcode')
    expect(planned.exitCode, planned.text).toBe(0)
    expect(planned.text).toMatch(/Stopped on purpose, and left so: house, web/)
    const asked = await lab.lares('status')
    expect(asked.text).toMatch(/off +house .*stopped on purpose/)
    expect(asked.text).toMatch(/off +web .*stopped on purpose/)
    expect((await lab.lares('apply', '--yes')).exitCode).toBe(0)
    expect(await virsh('domstate', 'house')).toContain('shut off')
    const started = await lab.lares('start', '--yes')
    expect(started.exitCode, started.text).toBe(0)
    expect((await onGuest('house', 'docker', 'ps', '--format', '{{.Names}} {{.State}}')).stdout).toContain('running')
    const after = await lab.lares('plan', '--detailed-exitcode')
    expect(after.exitCode, after.text).toBe(0)
    expect(after.text).not.toContain('Stopped')
  },
  20 * minutes,
)

test(
  'with the guest off, what lives in it is unreachable and the rest is planned',
  async () => {
    await virsh('shutdown', 'house', '--mode', 'agent')
    await isOff('house')
    const file = join(lab.directory, 'lares.yaml')
    await writeFile(file, (await readFile(file, 'utf8')).replace('first', 'second'))
    const { exitCode, text } = await lab.lares('plan', '--detailed-exitcode')
    expect(text).toMatch(/web .*its host does not answer/)
    expect(text).toMatch(/"house" has no address.*\[unreachable\]/)
    expect(text).toMatch(/note .*update/)
    expect(exitCode, text).toBe(2)
  },
  10 * minutes,
)

test(
  'destroy takes it down in order and keeps the disk until it is named',
  async () => {
    const destroyed = await lab.lares('destroy', '--yes')
    expect(await virsh('list', '--all', '--name'), destroyed.text).toBe('')
    expect(await virsh('net-list', '--all', '--name')).toBe('')
    expect(await virsh('vol-list', 'images')).toContain(volume)
    const again = await lab.lares('destroy', '--yes')
    expect(await virsh('vol-list', 'images'), again.text).toContain(volume)
    const lost = ['--allow-data-loss', 'house/disks/root', '--allow-data-loss', 'images']
    const gone = await lab.lares('destroy', '--yes', ...lost)
    expect(gone.exitCode, gone.text).toBe(0)
    // The images that were fetched stay, for the next guest.
    expect(await virsh('pool-list', '--all', '--name'), gone.text).toBe('lares-images')
  },
  10 * minutes,
)
