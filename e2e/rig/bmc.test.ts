import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type RigBmc, startBmc } from './bmc.ts'

let bmcs: RigBmc[]
beforeAll(async () => {
  bmcs = await Promise.all([startBmc(), startBmc({ inventory: { product: 'Other' } }), startBmc({ sensors: false })])
})
afterAll(() => Promise.all(bmcs.map((bmc) => bmc.remove())))

const ipmitool = async ({ address, user, password }: RigBmc, ...args: string[]) => {
  const login = ['-I', 'lanplus', '-H', address, '-U', user, '-E', '-C', '3', '-N', '3']
  return await execa('ipmitool', [...login, ...args], { env: { IPMI_PASSWORD: password }, timeout: 60_000 })
}

test('several answer at once, each as itself', async () => {
  const found = await Promise.all(bmcs.map((bmc) => ipmitool(bmc, 'fru', 'print', '0')))
  expect(found.map(({ stdout }) => /Product Name +: (.*)/.exec(stdout)?.[1])).toEqual([
    'RigServer 9',
    'Other',
    'RigServer 9',
  ])
})

test('its sensors are as they were made, and follow their files', async () => {
  const [bmc] = bmcs as [RigBmc]
  const { stdout } = await ipmitool(bmc, 'sdr', 'elist', 'full')
  expect(stdout.split('\n').map((line) => line.trim())).toEqual([
    'CPU Temp         | 01h | ok  |  3.1 | 42 degrees C',
    'FAN1             | 02h | ok  | 29.2 | 3000 RPM',
    '12V              | 03h | ok  | 10.3 | 12.10 Volts',
    'Inlet            | 04h | ok  | 55.4 | 72 degrees F',
  ])
  await bmc.setSensor('cpu', 95)
  await expect
    .poll(async () => (await ipmitool(bmc, 'sdr', 'elist', 'full')).stdout, { timeout: 60_000 })
    .toContain('| ucr |')
  await bmc.setSensor('cpu', 42)
})

test('its chassis is a script', async () => {
  const [bmc] = bmcs as [RigBmc]
  await ipmitool(bmc, 'power', 'on')
  expect(await bmc.isOn()).toBe(true)
  await ipmitool(bmc, 'power', 'soft')
  expect(await bmc.isOn()).toBe(false)
  expect(await bmc.told()).toEqual(['set power 1', 'set shutdown 1'])
})

test('it keeps its users when it is started again', async () => {
  const [bmc] = bmcs as [RigBmc]
  await ipmitool(bmc, 'user', 'set', 'name', '9', 'eve')
  await ipmitool(bmc, 'channel', 'setaccess', '1', '9', 'ipmi=on', 'privilege=2')
  const kept = () => readFile(join(bmc.folder, 'state/ipmi_sim/rig/users.mc20'), 'latin1').catch(() => '')
  await expect.poll(kept, { timeout: 60_000 }).toContain('9.username:d:eve')
  await bmc.stop()
  await bmc.start()
  expect((await ipmitool(bmc, '-c', 'user', 'list', '1')).stdout).toMatch(/^9,eve,.*USER$/m)
})
