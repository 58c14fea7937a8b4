import { afterAll, beforeAll, expect, test } from 'vitest'
import { type RigBmc, startBmc } from '../../../../e2e/rig/bmc.ts'
import { bootGuest, emptyHypervisor, virsh } from '../../../../e2e/rig/hypervisor.ts'
import { type RigRedfish, startRedfish } from '../../../../e2e/rig/redfish.ts'
import { rig as parts } from '../../../../e2e/rig/rig.ts'
import { connectBmc } from '../../src/index.ts'

let rig: RigBmc
let redfish: RigRedfish
beforeAll(async () => {
  await bootGuest('ipmi', { image: parts().libvirt.images.tiny, memory: 192 })
  rig = await startBmc({ domain: 'ipmi' })
  redfish = await startRedfish({ domain: 'ipmi' })
})
afterAll(async () => {
  await rig?.remove()
  await redfish?.remove()
  await emptyHypervisor()
})

test.each(['ipmitool', 'redfish'] as const)('power by %s is that of a real guest', async (driver) => {
  const { address, user, password } = driver === 'ipmitool' ? rig : redfish
  const bmc = await connectBmc({ driver, address, user, password, certificate: redfish.fingerprint })
  expect(await bmc.powerState()).toBe('on')
  await bmc.power('off', { timeout: 120_000, force: true })
  expect(await virsh('domstate', 'ipmi')).toBe('shut off')
  await bmc.power('on')
  expect(await virsh('domstate', 'ipmi')).toBe('running')
  expect(await bmc.powerState()).toBe('on')
  await bmc.close()
})
