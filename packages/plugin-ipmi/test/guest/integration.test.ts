import { afterAll, beforeAll, expect, test } from 'vitest'
import { type RigBmc, startBmc } from '../../../../e2e/rig/bmc.ts'
import { bootGuest, emptyHypervisor, virsh } from '../../../../e2e/rig/hypervisor.ts'
import { rig as parts } from '../../../../e2e/rig/rig.ts'
import { connectBmc } from '../../src/index.ts'

let rig: RigBmc
beforeAll(async () => {
  await bootGuest('ipmi', { image: parts().libvirt.images.tiny, memory: 192 })
  rig = await startBmc({ domain: 'ipmi' })
})
afterAll(async () => {
  await rig?.remove()
  await emptyHypervisor()
})

test('power by IPMI is that of a real guest', async () => {
  const bmc = await connectBmc({ address: rig.address, user: rig.user, password: rig.password })
  expect(await bmc.powerState()).toBe('on')
  await bmc.power('off', { timeout: 120_000, force: true })
  expect(await virsh('domstate', 'ipmi')).toBe('shut off')
  await bmc.power('on')
  expect(await virsh('domstate', 'ipmi')).toBe('running')
  expect(await bmc.powerState()).toBe('on')
})
