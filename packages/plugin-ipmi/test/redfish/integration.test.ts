import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type RigRedfish, type Style, startRedfish } from '../../../../e2e/rig/redfish.ts'
import { type Bmc, type ConnectBmcOptions, connectBmc } from '../../src/index.ts'

const loginTo = ({ address, user, password, fingerprint }: RigRedfish): ConnectBmcOptions => ({
  ...{ driver: 'redfish', address, user, password, certificate: fingerprint },
})
const quick = { interval: 100 }

describe.each<Style>(['classic', 'modern'])('a %s service', (style) => {
  let rig: RigRedfish
  let bmc: Bmc
  beforeAll(async () => {
    rig = await startRedfish({ style, inventory: { product: 'RigServer 9', serial: 'SN12345' } })
    bmc = await connectBmc(loginTo(rig))
  })
  afterAll(async () => {
    await bmc?.close()
    await rig.remove()
  })

  test('what it is', async () => {
    expect(await bmc.describe()).toEqual({
      ...{ vendor: 'RigCorp', firmware: '2.22', redfishVersion: style === 'modern' ? '1.6.0' : '1.0.2' },
      ...{ manufacturer: 'RigCorp', model: 'RigServer 9', serial: 'SN12345', guid: rig.guid },
      ...{ power: 'off', restorePolicy: 'always-off', faults: [], capabilities: ['chassis', 'sensor', 'fru', 'sel'] },
    })
  })

  test('power on, off by asking, cycle and reset', async () => {
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
    expect(told.at(-1)).toBe('set reset 1')
    // What it refuses because it is so already is no failure.
    await bmc.driver.power('on')
    await bmc.driver.power('off')
    await bmc.driver.power('off')
  })

  test('power is cut only when that is asked for', async () => {
    await rig.switch(true)
    await rig.mark('heedless', true)
    await expect(bmc.power('off', { ...quick, timeout: 1_000 })).rejects.toMatchObject({ code: 'power_unchanged' })
    expect(await rig.isOn()).toBe(true)
    await bmc.power('off', { ...quick, timeout: 1_000, force: true })
    expect(await rig.isOn()).toBe(false)
    await rig.mark('heedless', false)
  })

  test('values with units, limits and what the BMC thinks of them', async () => {
    const found = await bmc.sensors()
    const readings = found.map(({ name, value, unit, state }) => [name, value, unit, state])
    expect(readings.filter(([name]) => name !== 'System Power Control').sort()).toEqual([
      ['12V', 12.1, 'Volts', 'ok'],
      ['CPU Temp', 42, 'degrees C', 'ok'],
      // The first version of the schema has no unit for fans.
      ['FAN1', 3000, style === 'modern' ? 'RPM' : undefined, 'ok'],
      ['GPU Temp', undefined, undefined, 'unknown'],
    ])
    expect(found.find(({ name }) => name === '12V')?.thresholds).toEqual({
      ...{ lowerCritical: 10.8, lowerWarning: 11.2, upperWarning: 12.8, upperCritical: 13.2 },
    })
    const cpu = rig.state.sensors.get('CPU Temp')!
    const state = async () => (await bmc.sensors()).find(({ name }) => name === 'CPU Temp')?.state
    for (const [value, expected] of [
      [85, 'warning'],
      [95, 'critical'],
      [120, 'failed'],
      [42, 'ok'],
    ] as const) {
      cpu.value = value
      expect(await state()).toBe(expected)
    }
  })

  test('the log, the oldest first', async () => {
    expect(await bmc.events()).toEqual([])
    const entry = (id: string, minute: number, severity: 'OK' | 'Critical', code: 'Assert' | 'Deassert') =>
      ({ id, created: `2026-11-01T10:0${minute}:00Z`, severity, code, message: `Entry ${id}` }) as const
    rig.state.log.push(entry('12', 5, 'OK', 'Deassert'), entry('11', 4, 'Critical', 'Assert'))
    expect(await bmc.events()).toEqual([
      {
        ...{ id: 11, time: new Date('2026-11-01T10:04:00Z'), sensor: 'Temperature #1', text: 'Entry 11' },
        ...{ direction: 'asserted', severity: 'critical' },
      },
      {
        ...{ id: 12, time: new Date('2026-11-01T10:05:00Z'), sensor: 'Temperature #1', text: 'Entry 12' },
        ...{ direction: 'deasserted', severity: 'info' },
      },
    ])
    expect((await bmc.fru()).product).toEqual({ manufacturer: 'RigCorp', name: 'RigServer 9', serial: 'SN12345' })
  })

  test('the restore policy, and what is booted', async () => {
    await bmc.setRestorePolicy('previous')
    expect((await bmc.driver.chassis()).restorePolicy).toBe('previous')
    expect(await bmc.bootDevice()).toBeUndefined()
    await bmc.setBootDevice({ device: 'disk', persistent: true, efi: true })
    expect(await bmc.bootDevice()).toEqual({ device: 'disk', persistent: true, efi: true })
    await bmc.setBootDevice({ device: 'pxe', persistent: false, efi: false })
    expect(await bmc.bootDevice()).toEqual({ device: 'pxe', persistent: false, efi: false })
    await bmc.setBootDevice({ device: 'none', persistent: true, efi: false })
    expect(await bmc.bootDevice()).toBeUndefined()
    await expect(bmc.setBootDevice({ device: 'safe', persistent: false, efi: false })).rejects.toMatchObject({
      code: 'unsupported',
    })
    await expect(bmc.setBootDevice({ device: 'floppy', persistent: false, efi: false })).rejects.toMatchObject({
      ...{ code: 'unsupported', detail: expect.stringContaining('Pxe') },
    })
  })

  test('users log in until they are gone', async () => {
    const spec = { name: 'eve d', password: `p'a "ß#%1 $x, longer than IPMI takes`, privilege: 'operator' } as const
    const free = (await bmc.users()).find(({ slot = 0, name }) => slot > 3 && name === '')
    await (free ? bmc.setUser(free.id, { ...spec, enabled: true }) : bmc.createUser!(spec))
    const found = (await bmc.users()).find(({ name }) => name === 'eve d')
    expect(found).toMatchObject({
      privilege: 'operator',
      enabled: true,
      ...(free ? { slot: free.slot } : { ipmi: true }),
    })
    const eve = await connectBmc({ ...loginTo(rig), user: 'eve d', password: spec.password })
    expect(await eve.powerState()).toBeDefined()
    await expect(eve.setUser(found!.id, { privilege: 'administrator' })).rejects.toMatchObject({ code: 'forbidden' })
    await eve.close()
    await bmc.clearUser(found!.id)
    expect((await bmc.users()).some(({ name }) => name === 'eve d')).toBe(false)
    await expect(connectBmc({ ...loginTo(rig), user: 'eve d', password: spec.password })).rejects.toMatchObject({
      code: 'auth_failed',
    })
    await expect(bmc.setUser('nobody', { enabled: false })).rejects.toMatchObject({ code: 'refused' })
  })

  test('the network, in one change', async () => {
    expect(await bmc.lan()).toMatchObject({ source: 'dhcp', address: '192.0.2.10', mac: '02:00:00:ab:cd:ef' })
    rig.asked.length = 0
    await bmc.setLan({ source: 'static', address: '10.0.0.5', netmask: '255.255.255.0', gateway: '10.0.0.1', vlan: 7 })
    expect(rig.asked.filter((each) => each.startsWith('PATCH'))).toHaveLength(1)
    const now = { source: 'static', address: '10.0.0.5', netmask: '255.255.255.0', gateway: '10.0.0.1', vlan: 7 }
    expect(await bmc.lan()).toMatchObject(now)
    await bmc.setLan({ address: '10.0.0.6' })
    expect(await bmc.lan()).toMatchObject({ ...now, address: '10.0.0.6' })
    await bmc.setLan({ source: 'dhcp', vlan: 'off' })
    expect(await bmc.lan()).not.toHaveProperty('vlan')
    expect((await bmc.lan()).source).toBe('dhcp')
  })

  test('its light, and a restart of the BMC, through which a session does not last', async () => {
    const blinking = bmc.identify(1)
    await expect.poll(() => rig.state.light).toBe(true)
    await blinking
    expect(rig.state.light).toBe(false)
    await bmc.restart('cold', { interval: 500 })
    expect(await bmc.powerState()).toBeDefined()
  })

  test('another change in between is not written over', async () => {
    let changed = false
    const before = rig.state.accounts
    const [oper] = [...before.values()].filter(({ name }) => name === 'oper')
    rig.fault({ on: /^PATCH .*Accounts/, delay: 300, times: 1 })
    setTimeout(() => {
      oper!.role = 'ReadOnly'
      changed = true
    }, 150)
    await bmc.setUser(oper!.id, { enabled: false })
    expect(changed).toBe(true)
    expect(oper).toMatchObject({ role: 'ReadOnly', enabled: false })
    rig.fault()
  })

  test('what it cannot do is unsupported', async () => {
    await expect(bmc.sol()).rejects.toMatchObject({ code: 'unsupported' })
    await expect(bmc.setFanProfile('dell-automatic')).rejects.toMatchObject({ code: 'unsupported' })
    await expect(bmc.testPassword('1', 'something')).rejects.toMatchObject({ code: 'unsupported' })
  })
})

describe('faults', () => {
  let rig: RigRedfish
  beforeAll(async () => {
    rig = await startRedfish()
  })
  beforeEach(() => rig.fault())
  afterAll(() => rig.remove())

  const failing = async (options: Partial<ConnectBmcOptions>) => {
    const error = await connectBmc({ ...loginTo(rig), ...options }).then(
      () => expect.fail('it was let in'),
      (error: Error) => error,
    )
    const all = JSON.stringify({ ...error, text: String(error), stack: error.stack })
    expect(all).not.toMatch(/wrong-secret|open-sesame/)
    return error
  }

  test('a certificate that nobody signed is told with its fingerprint, before a password is sent', async () => {
    const before = rig.asked.length
    expect(await failing({ certificate: undefined })).toMatchObject({
      ...{ code: 'untrusted', advice: expect.stringContaining(rig.fingerprint) },
    })
    expect(await failing({ certificate: 'AB'.repeat(32) })).toMatchObject({
      ...{ code: 'untrusted', message: expect.stringContaining('another certificate') },
    })
    expect(rig.asked).toHaveLength(before)
    const bmc = await connectBmc({ ...loginTo(rig), certificate: rig.fingerprint.replaceAll(':', '').toLowerCase() })
    await bmc.close()
  })

  test('a wrong login is not tried again, and not told', async () => {
    expect(await failing({ password: 'wrong-secret' })).toMatchObject({ code: 'auth_failed' })
    expect(await failing({ user: 'nobody' })).toMatchObject({ code: 'auth_failed' })
    expect(await failing({ password: '' })).toMatchObject({ code: 'invalid' })
    const { redfishDriver } = await import('../../src/index.ts')
    const { localHost } = await import('@lares/transport')
    const { address, user, fingerprint } = rig
    const driver = redfishDriver(localHost(), { address, user, password: 'wrong-secret', certificate: fingerprint })
    await expect(driver.chassis()).rejects.toMatchObject({ code: 'auth_failed' })
    rig.asked.length = 0
    await expect(driver.chassis()).rejects.toMatchObject({ code: 'auth_failed' })
    expect(rig.asked).toEqual([])
  })

  test('nobody there', async () => {
    expect(await failing({ port: 9 })).toMatchObject({ code: 'unreachable' })
    expect(await failing({ address: 'bmc.invalid' })).toMatchObject({ code: 'unreachable' })
  })

  test('one session for many requests, and none is left behind', async () => {
    const bmc = await connectBmc(loginTo(rig))
    rig.asked.length = 0
    await bmc.describe()
    await bmc.users()
    expect(rig.asked.filter((each) => each.startsWith('POST'))).toEqual([])
    expect(rig.state.sessions.size).toBe(1)
    await bmc.close()
    expect(rig.state.sessions.size).toBe(0)
  })

  test('all sessions are taken', async () => {
    const open = await Promise.all(Array.from({ length: 8 }, () => connectBmc(loginTo(rig))))
    expect(await failing({})).toMatchObject({ code: 'too_many_sessions', retryable: true })
    await Promise.all(open.map((bmc) => bmc.close()))
  })

  test('a session that ended meanwhile is opened again', async () => {
    const bmc = await connectBmc(loginTo(rig))
    rig.state.sessions.clear()
    expect(await bmc.powerState()).toBeDefined()
    await bmc.close()
  })

  test('what failed inside it is asked again, unless it may have been done', async () => {
    const bmc = await connectBmc(loginTo(rig))
    for (const status of [429, 500, 503]) {
      rig.fault({ status, times: 2, on: /^GET .*Systems/ })
      expect(await bmc.powerState()).toBeDefined()
    }
    rig.fault({ status: 500, on: /^POST .*Reset/ })
    rig.asked.length = 0
    await expect(bmc.driver.power('reset')).rejects.toMatchObject({ code: 'refused' })
    expect(rig.asked.filter((each) => each.startsWith('POST'))).toHaveLength(1)
    await bmc.close()
  })

  test('half an answer', async () => {
    const bmc = await connectBmc(loginTo(rig))
    rig.fault({ halves: true, times: 1, on: /^GET .*Systems/ })
    expect(await bmc.powerState()).toBeDefined()
    rig.fault({ halves: true })
    await expect(bmc.powerState()).rejects.toMatchObject({ code: 'incomplete' })
    rig.fault()
    await bmc.close()
  })

  test('slow, and slower than it is given time for', async () => {
    const bmc = await connectBmc({ ...loginTo(rig), timeout: 1_000 })
    rig.fault({ delay: 700 })
    expect(await bmc.powerState()).toBeDefined()
    rig.fault({ delay: 5_000 })
    await expect(bmc.powerState()).rejects.toMatchObject({ code: 'timeout' })
    await expect(bmc.powerState({ signal: AbortSignal.timeout(200) })).rejects.toMatchObject({ name: 'TimeoutError' })
    rig.fault()
    await bmc.close()
  })

  test('it is reset while a machine is being switched on', async () => {
    const bmc = await connectBmc(loginTo(rig))
    await rig.switch(false)
    await rig.mark('stuck', true)
    const waiting = bmc.power('on', { interval: 200, timeout: 60_000 })
    await expect.poll(() => rig.told(), { timeout: 20_000 }).toContain('set power 1')
    await rig.stop()
    await rig.mark('stuck', false)
    await rig.switch(true)
    rig.state.sessions.clear()
    await rig.start()
    await waiting
    await bmc.close()
  })
})
