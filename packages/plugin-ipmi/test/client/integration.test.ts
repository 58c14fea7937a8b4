import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type RigBmc, startBmc } from '../../../../e2e/rig/bmc.ts'
import { type Bmc, connectBmc } from '../../src/index.ts'

let rig: RigBmc
let bmc: Bmc
const login = ({ address, user, password }: RigBmc) => ({ address, user, password })

beforeAll(async () => {
  rig = await startBmc({ inventory: { product: 'RigServer 9', serial: 'SN12345' } })
  bmc = await connectBmc(login(rig))
})
afterAll(() => rig.remove())

test('17 is tried first, and 3 when that is refused', () => {
  expect(bmc.cipherSuite()).toBe(3)
})

test('what it is', async () => {
  expect(await bmc.describe()).toEqual({
    ...{ vendor: 'Supermicro', vendorId: 10_876, firmware: '2.22', ipmiVersion: '2.0', power: 'off', faults: [] },
    ...{
      manufacturer: 'RigCorp',
      model: 'RigServer 9',
      serial: 'SN12345',
      cipherSuite: 3,
      restorePolicy: 'always-off',
    },
    capabilities: ['sensor', 'sdr-repository', 'sel', 'fru', 'event-receiver', 'event-generator', 'chassis'],
    guid: rig.guid,
  })
})

describe('power', () => {
  const quick = { interval: 100 }

  test('on, off by asking, cycle and reset', async () => {
    await bmc.power('on', quick)
    expect(await rig.isOn()).toBe(true)
    await bmc.power('on', quick)
    await bmc.power('off', quick)
    expect(await bmc.powerState()).toBe('off')
    await bmc.power('cycle', quick)
    expect(await rig.isOn()).toBe(true)
    await bmc.power('reset', quick)
    const told = await rig.told()
    expect(told.slice(0, 2)).toEqual(['set power 1', 'set shutdown 1'])
    expect(told.filter((each) => each === 'set shutdown 1')).toHaveLength(1)
    expect(told.at(-1)).toBe('set reset 1')
  })

  test('is cut only when that is asked for', async () => {
    await rig.switch(true)
    await rig.mark('heedless', true)
    await expect(bmc.power('off', { ...quick, timeout: 1_000 })).rejects.toMatchObject({ code: 'power_unchanged' })
    expect(await rig.isOn()).toBe(true)
    await bmc.power('off', { ...quick, timeout: 1_000, force: true })
    expect(await rig.isOn()).toBe(false)
    await rig.mark('heedless', false)
  })

  test('that never changes is told as such', async () => {
    await rig.mark('stuck', true)
    await expect(bmc.power('on', { ...quick, timeout: 1_000 })).rejects.toMatchObject({
      code: 'power_unchanged',
      message: expect.stringContaining('the machine is not on after 1 s'),
    })
    await rig.mark('stuck', false)
  })
})

describe('sensors and events', () => {
  test('values with units and limits', async () => {
    const found = await bmc.sensors({ thresholds: true })
    expect(found.map(({ name, value, unit, type }) => [name, value, unit, type])).toEqual([
      ['CPU Temp', 42, 'degrees C', 'Temperature'],
      ['FAN1', 3000, 'RPM', 'Fan'],
      ['12V', 12.1, 'Volts', 'Voltage'],
      ['Inlet', 72, 'degrees F', 'Temperature'],
    ])
    expect(found[2]?.thresholds).toEqual({
      ...{ lowerCritical: 10.8, lowerWarning: 11.2, upperWarning: 12.8, upperCritical: 13.2 },
    })
    expect((await bmc.sensors()).map(({ value, unit }) => [value, unit])).toEqual(
      found.map(({ value, unit }) => [value, unit]),
    )
  })

  test('a critical one, and what the log says of it', async () => {
    await rig.setSensor('fan', 3)
    const fan = async () => (await bmc.sensors()).find(({ name }) => name === 'FAN1')
    await expect.poll(fan, { timeout: 60_000 }).toMatchObject({ value: 300, state: 'critical' })
    const events = await bmc.events()
    expect(events.at(-1)).toMatchObject({
      ...{ sensor: 'Fan FAN1', text: 'Lower Critical going low', direction: 'asserted', severity: 'critical' },
      trigger: 'Reading 300 < Threshold 500 RPM',
    })
    await rig.setSensor('fan', 30)
    await expect.poll(fan, { timeout: 60_000 }).toMatchObject({ state: 'ok' })
  })
})

test('reads leave an empty sensor repository alone, which ipmitool would fill', async () => {
  const empty = await startBmc({ sensors: false })
  try {
    const other = await connectBmc(login(empty))
    expect(await other.sensors()).toEqual([])
    expect(await other.sensors({ thresholds: true })).toEqual([])
    expect(await other.events()).toEqual([])
    expect((await other.fru()).product.name).toBe('RigServer 9')
    const ipmitool = async (...args: string[]) => {
      const by = ['-I', 'lanplus', '-H', empty.address, '-U', empty.user, '-E', '-C', '3', ...args]
      return (await execa('ipmitool', by, { env: { IPMI_PASSWORD: empty.password }, reject: false })).stdout
    }
    const untouched = await ipmitool('sdr', 'info')
    expect(untouched).toMatch(/^Record Count +: 0$/m)
    expect(untouched).toMatch(/^Most recent Erase +: NA$/m)
    expect(await ipmitool('sdr', 'list')).toContain('SDRR successfully erased')
  } finally {
    await empty.remove()
  }
})

describe('users', () => {
  const spec = { name: 'eve d', privilege: 'administrator', ipmi: true, link: true, enabled: true } as const

  test('log in by passwords of any characters, until they are gone', async () => {
    const password = `p'a "ß#%1 $x`
    await bmc.setUser(5, { ...spec, password })
    expect(await bmc.user(5)).toMatchObject({ slot: 5, name: 'eve d', privilege: 'administrator', ipmi: true })
    expect((await bmc.users()).filter(({ name }) => name !== '').map(({ slot, name }) => [slot, name])).toEqual([
      [2, 'admin'],
      [3, 'oper'],
      [5, 'eve d'],
    ])
    const eve = await connectBmc({ ...login(rig), user: 'eve d', password })
    expect(await eve.powerState()).toBeDefined()
    await bmc.clearUser(5)
    expect(await bmc.user(5)).toMatchObject({ name: '', privilege: 'none', ipmi: false })
    await expect(connectBmc({ ...login(rig), user: 'eve d', password })).rejects.toMatchObject({ code: 'auth_failed' })
  })

  test('an operator may look, and change no users', async () => {
    const { user, password } = rig.operator
    const limited = await connectBmc({ address: rig.address, user, password, privilege: 'operator' })
    expect(await limited.powerState()).toBeDefined()
    await expect(limited.setUser(6, { name: 'mallory' })).rejects.toMatchObject({ code: 'forbidden' })
  })
})

test('what it cannot do is unsupported', async () => {
  await expect(bmc.sol()).rejects.toMatchObject({ code: 'unsupported' })
  await expect(bmc.setRestorePolicy('always-on')).rejects.toMatchObject({ code: 'unsupported' })
  await expect(bmc.setFanProfile('dell-automatic')).rejects.toMatchObject({ code: 'unsupported' })
})

test('the boot device; what it does not keep is not there afterwards', async () => {
  await bmc.setBootDevice({ device: 'pxe', persistent: false, efi: false })
  expect(await bmc.bootDevice()).toBeUndefined()
})

test('network', async () => {
  expect(await bmc.lan()).toMatchObject({ source: 'other', ciphers: expect.arrayContaining([3]) })
  await bmc.setLan({ source: 'static', address: '10.0.0.5', netmask: '255.255.255.0', gateway: '10.0.0.1', vlan: 7 })
  expect(await bmc.lan()).toMatchObject({
    ...{ source: 'static', address: '10.0.0.5', netmask: '255.255.255.0', gateway: '10.0.0.1', vlan: 7 },
  })
})

test('identify, and a restart of the BMC', async () => {
  await bmc.identify(1)
  await bmc.restart('cold', { interval: 200 })
  expect(await bmc.powerState()).toBeDefined()
})
