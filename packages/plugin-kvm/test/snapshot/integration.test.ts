import { mkdir, rm } from 'node:fs/promises'
import { resourceContract } from '@lares/core/testing'
import { localHost } from '@lares/transport'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it, test, vi } from 'vitest'
import { testLab } from '../../../../e2e/test-lab.ts'
import kvm, { connectLibvirt, STDIN } from '../../src/index.ts'

vi.setConfig({ testTimeout: 300_000 })
const libvirt = connectLibvirt({ host: localHost() })
const directory = '/var/lib/libvirt/images/lares-snapshot'
const domain = 'lares-snap'
const other = 'lares-snap-2'

const guest = (name: string) => `<domain type='qemu'><name>${name}</name><memory unit='MiB'>32</memory>
  <os><type>hvm</type></os><devices><disk type='file' device='disk'><driver name='qemu' type='qcow2'/>
  <source file='${directory}/${name}.qcow2'/><target dev='vda' bus='virtio'/></disk></devices></domain>`

beforeAll(async () => {
  await mkdir(directory, { recursive: true })
  for (const name of [domain, other]) {
    await execa('qemu-img', ['create', '-f', 'qcow2', `${directory}/${name}.qcow2`, '4M'])
    await libvirt.virsh(['define', STDIN], { input: guest(name) })
  }
})
afterAll(async () => {
  for (const name of [domain, other]) {
    await libvirt.virsh(['destroy', name]).catch(() => '')
    await libvirt.virsh(['undefine', name, '--snapshots-metadata'])
  }
  await rm(directory, { recursive: true })
})

const listed = () => libvirt.virsh(['snapshot-list', domain, '--name'])

resourceContract(
  { describe, it, expect },
  {
    type: 'kvm.snapshot',
    factory: kvm.snapshot,
    base: { domain, name: 'before' },
    options: { description: { description: 'before the "big" update & all' } },
    replacement: { domain: other },
    volatile: ['takenAt', 'parent'],
    outside: {
      snapshot: listed,
      plant: async () => void (await libvirt.virsh(['snapshot-create-as', domain, 'before'])),
      remove: async () => void (await libvirt.virsh(['snapshot-delete', domain, 'before']).catch(() => '')),
    },
    killAfter: [0, 20, 80],
  },
)

test('of a running guest it has the memory, or the disks alone', async () => {
  const lab = testLab('lares-snapshot')
  await libvirt.virsh(['start', domain])
  const live = [kvm.snapshot('live', { domain, description: 'running' })]
  await lab.apply(live)
  expect(await lab.rest(live)).toBe('')
  expect(await libvirt.virsh(['snapshot-info', domain, 'live'])).toMatch(/State:\s+running/)
  await lab.destroy(live, ['live'])
  const disks = [kvm.snapshot('disks', { domain, diskOnly: true })]
  await lab.apply(disks)
  expect(await lab.rest(disks)).toBe('')
  expect(await libvirt.virsh(['domblklist', domain])).toContain(`${domain}.disks`)
  await libvirt.virsh(['destroy', domain])
})

test('it is kept until it is named', async () => {
  const lab = testLab('lares-snapshot')
  const kept = [kvm.snapshot('kept', { domain: other })]
  await lab.apply(kept)
  expect((await lab.destroy(kept)).nodes.map(({ action }) => action)).toEqual(['keep'])
  await lab.destroy(kept, ['kept'])
  expect(await libvirt.virsh(['snapshot-list', other, '--name'])).not.toContain('kept')
})
