import { beforeAll, expect, test } from 'vitest'
import { emptyHypervisor, virsh } from '../../../../e2e/rig/hypervisor.ts'
import { testLab } from '../../../../e2e/test-lab.ts'
import kvm from '../../src/index.ts'

beforeAll(() => emptyHypervisor())

test('guests that run, stand still, were shut off, and are to be off', async () => {
  const lab = testLab('health')
  const names = ['running', 'paused', 'destroyed', 'off'] as const
  const guests = names.map((name) =>
    kvm.domain(name, { memory: '64MiB', cpu: { model: 'qemu64' }, ...(name === 'off' ? { running: false } : {}) }),
  )
  try {
    await lab.apply(guests)
    await virsh('suspend', 'paused')
    await virsh('destroy', 'destroyed')
    expect(await lab.health(guests)).toEqual({
      running: 'healthy: running',
      paused: 'down: paused (user)',
      destroyed: 'down: shut off (destroyed)',
      off: expect.stringMatching(/^healthy: shut off/),
    })
  } finally {
    await lab.destroy(guests)
  }
})
