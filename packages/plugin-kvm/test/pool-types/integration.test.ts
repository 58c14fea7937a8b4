import { rm } from 'node:fs/promises'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { emptyHypervisor, virsh } from '../../../../e2e/rig/hypervisor.ts'
import { testLab } from '../../../../e2e/test-lab.ts'
import kvm from '../../src/index.ts'

vi.setConfig({ testTimeout: 300_000 })
beforeAll(emptyHypervisor)
afterAll(emptyHypervisor)

test('a pool in a file system that libvirt mounts keeps volumes, and they are there again when it is', async (context) => {
  const file = '/var/lib/libvirt/images/disk.img'
  await execa('truncate', ['-s', '64M', file])
  await execa('mkfs.ext4', ['-q', file])
  const { stdout: device, failed } = await execa('losetup', ['--find', '--show', file], { reject: false })
  if (failed) return context.skip('this kernel has no loop devices')
  try {
    const lab = testLab('mounted')
    const pool = kvm.pool('mounted', {
      kind: 'fs',
      path: '/var/lib/libvirt/mounted',
      source: { devices: [device], format: 'ext4' },
    })
    const volume = kvm.volume('photos', { pool: pool.name, size: '16MiB' })
    await lab.apply([pool, volume])
    expect(await lab.rest([pool, volume])).toBe('')
    expect(await virsh('vol-list', 'mounted')).toContain('/var/lib/libvirt/mounted/photos')
    await virsh('pool-destroy', 'mounted')
    // While it is not started nobody knows what is in it.
    expect((await lab.attempt([pool, volume])).diagnostics).toEqual([
      expect.objectContaining({ address: 'photos', summary: expect.stringContaining("pool 'mounted' is not active") }),
    ])
    await lab.apply([pool, volume])
    expect(await lab.rest([pool, volume])).toBe('')
    await lab.destroy([pool, volume], ['photos', 'mounted'])
    expect(await virsh('pool-list', '--all', '--name')).toBe('')
  } finally {
    await virsh('pool-destroy', 'mounted').catch(() => '')
    await execa('losetup', ['--detach', device])
    await rm(file)
  }
})

test('what the hypervisor has no means for is told in its words', async () => {
  const lab = testLab('no-means')
  const pools = [
    kvm.pool('group', { kind: 'logical', source: { name: 'nowhere' } }),
    kvm.pool('share', { kind: 'netfs', path: '/mnt/share', source: { host: '127.0.0.1', directory: '/srv' } }),
    kvm.pool('disk', { kind: 'fs', path: '/mnt/disk', source: { devices: ['/dev/nothing'] } }),
  ]
  const { diagnostics } = await lab.attempt(pools)
  expect(diagnostics.map(({ address }) => address).toSorted()).toEqual(['disk', 'group', 'share'])
  for (const { severity, summary, code } of diagnostics) {
    expect(severity).toBe('error')
    expect(code).not.toBe('bug')
    expect(summary).toMatch(/virsh pool-/)
  }
  await lab.destroy(pools, ['group', 'share', 'disk'])
  expect(await virsh('pool-list', '--all', '--name')).toBe('')
})
