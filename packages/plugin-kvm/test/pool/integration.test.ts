import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { resourceContract } from '@lares/core/testing'
import { localHost } from '@lares/transport'
import { afterAll, describe, expect, it, test, vi } from 'vitest'
import { testLab } from '../../../../e2e/test-lab.ts'
import kvm, { connectLibvirt } from '../../src/index.ts'

vi.setConfig({ testTimeout: 300_000 })
const libvirt = connectLibvirt({ host: localHost() })
const name = 'lares-pool'
const path = '/var/lib/libvirt/images/lares-pool'
afterAll(async () => {
  for (const each of [path, `${path}-2`]) await rm(each, { recursive: true, force: true })
})

resourceContract(
  { describe, it, expect },
  {
    type: 'kvm.pool',
    factory: kvm.pool,
    base: { name, path },
    replacement: { path: `${path}-2` },
    volatile: ['uuid'],
    options: {
      'the default, said': { kind: 'dir', build: true },
      'not now': { active: false, autostart: false },
      'with the host': { autostart: true },
    },
    combined: { autostart: false },
    outside: {
      snapshot: async () => await libvirt.virsh(['pool-list', '--all']),
      plant: async () => void (await libvirt.virsh(['pool-define-as', name, 'dir', '--target', path])),
      remove: async () => {
        await libvirt.virsh(['pool-destroy', name]).catch(() => '')
        await libvirt.virsh(['pool-undefine', name]).catch(() => '')
      },
    },
    killAfter: [0, 20, 80],
  },
)

test('what is in a pool stays when the pool goes', async () => {
  const lab = testLab('lares-pool')
  await mkdir(path, { recursive: true })
  await writeFile(`${path}/photos.img`, 'all of them')
  const family = [kvm.pool(name, { path })]
  await lab.apply(family)
  const kept = await lab.destroy(family)
  expect(kept.nodes.map(({ action }) => action)).toEqual(['keep'])
  await lab.destroy(family, [name])
  expect(await readdir(path)).toEqual(['photos.img'])
  expect(await libvirt.virsh(['pool-list', '--all', '--name'])).not.toContain(name)
})

test.each([
  [{ kind: 'logical' as const }, 'source.name'],
  [{ kind: 'netfs' as const, path: '/mnt/nas' }, 'source'],
  [{ kind: 'fs' as const, path: '/mnt/disk' }, 'source.devices'],
  [{}, 'path'],
])('%j is told what is missing', async (inputs, where) => {
  const plan = await testLab('lares-pool')
    .plan([kvm.pool('incomplete', inputs)])
    .catch((error: unknown) => error)
  expect(JSON.stringify(plan)).toContain(`"path":"${where}"`)
})
