import { secret } from '@lares/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type RigBmc, startBmc } from '../../../../e2e/rig/bmc.ts'
import { machine } from '../../../../e2e/rig/machine.ts'
import { type RigRedfish, startRedfish } from '../../../../e2e/rig/redfish.ts'
import { testLab } from '../../../../e2e/test-lab.ts'
import { shell } from '../../../plugin-host/test/machines.ts'
import ipmi from '../../src/index.ts'

/** Addresses that the host reaches over its network, as that of the BMCs of a server room. */
const ADDRESS = '10.77.0.1'
let rig: RigBmc
let redfish: RigRedfish
const events: string[] = []
const record = (event: unknown) => void events.push(JSON.stringify(event))

beforeAll(async () => {
  rig = await startBmc({ address: ADDRESS, port: 6_231 })
  redfish = await startRedfish({ address: ADDRESS, port: 6_443 })
})
afterAll(async () => {
  // Others expect the host as it was.
  await shell('debian', 'DEBIAN_FRONTEND=noninteractive apt-get -qq -y --auto-remove purge ipmitool > /dev/null')
  await rig.remove()
  await redfish.remove()
})

test('a BMC that only a host of the lab reaches: ipmitool is installed there, and its machine switched on', async () => {
  const lab = testLab('behind', { BMC_PASSWORD: rig.password }, record)
  const debian = machine('debian', { address: 'debian' })
  const login = { address: ADDRESS, port: 6_231, user: rig.user, password: secret.env('BMC_PASSWORD') }
  const bmc = ipmi.bmc('board', { on: debian, ...login })
  const resources = [debian, bmc, ipmi.power('power', { on: bmc, state: 'on' })]
  expect(await shell('debian', 'command -v ipmitool || echo none')).toBe('none')
  await lab.apply(resources)
  expect(await rig.isOn()).toBe(true)
  expect(await shell('debian', 'command -v ipmitool')).toBe('/usr/bin/ipmitool')
  expect(await lab.rest(resources)).toBe('')
  const { attributes } = (await lab.store.read())!.resources.board!
  expect(attributes).toMatchObject({ guid: rig.guid, vendor: 'Supermicro' })
  await rig.switch(false)
  expect(await lab.rest(resources)).toContain('state: "off" -> "on"')
  expect(await lab.health(resources)).toMatchObject({ board: 'healthy: answers, machine is off' })
})

test('by Redfish nothing is installed, and the session ends with the run', async () => {
  const lab = testLab('redfish', { BMC_PASSWORD: redfish.password }, record)
  const debian = machine('debian', { address: 'debian' })
  const bmc = ipmi.bmc('board', {
    ...{ on: debian, driver: 'redfish', address: ADDRESS, port: 6_443, certificate: redfish.fingerprint },
    ...{ user: redfish.user, password: secret.env('BMC_PASSWORD') },
  })
  const resources = [debian, bmc, ipmi.power('power', { on: bmc, state: 'on', restorePolicy: 'previous' })]
  await shell('debian', 'DEBIAN_FRONTEND=noninteractive apt-get -qq -y --auto-remove purge ipmitool > /dev/null')
  await lab.apply(resources)
  expect(await redfish.isOn()).toBe(true)
  expect(redfish.state.restorePolicy).toBe('LastState')
  expect(await shell('debian', 'command -v ipmitool || echo none')).toBe('none')
  expect(await lab.rest(resources)).toBe('')
  expect(redfish.state.sessions.size).toBe(0)
  expect(events.join('\n')).not.toContain('open-sesame')
})

test('a certificate that is not known is told with its fingerprint', async () => {
  const lab = testLab('untrusted', { BMC_PASSWORD: redfish.password }, record)
  const bmc = ipmi.bmc('board', {
    ...{ driver: 'redfish', address: ADDRESS, port: 6_443, user: redfish.user, password: secret.env('BMC_PASSWORD') },
  })
  const { diagnostics } = await lab.attempt([bmc])
  expect(diagnostics).toMatchObject([
    { code: 'untrusted', address: 'board', advice: expect.stringContaining(redfish.fingerprint) },
  ])
})

test('options of the other driver are refused', async () => {
  const lab = testLab('wrong', { BMC_PASSWORD: redfish.password }, record)
  const login = { address: ADDRESS, user: redfish.user, password: secret.env('BMC_PASSWORD') }
  const refused = async (more: object) =>
    (await lab.plan([ipmi.bmc('board', { ...login, ...more })]).catch((error: Error) => error.message)) as string
  expect(await refused({ driver: 'redfish', cipherSuite: 3 })).toContain('Only with the driver "ipmitool"')
  expect(await refused({ certificate: redfish.fingerprint })).toContain('Only with the driver "redfish"')
  expect(await refused({ driver: 'redfish', certificate: 'AB' })).toContain('SHA-256')
})
