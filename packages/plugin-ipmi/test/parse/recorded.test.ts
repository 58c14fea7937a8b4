import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { identityOf } from '../../src/client/index.ts'
import { parseBootFlags, parseChassis } from '../../src/client/ipmitool/parse/chassis.ts'
import { parseFru } from '../../src/client/ipmitool/parse/fru.ts'
import { parseLan, parseSol } from '../../src/client/ipmitool/parse/lan.ts'
import { parseGuid, parseMcInfo } from '../../src/client/ipmitool/parse/mc.ts'
import { parseRecordCount, parseSdrList } from '../../src/client/ipmitool/parse/sdr.ts'
import { parseSdrVerbose } from '../../src/client/ipmitool/parse/sdr-verbose.ts'
import { isEmptySel, parseSel } from '../../src/client/ipmitool/parse/sel.ts'
import { parseChannel, parseUserAccess, parseUsers } from '../../src/client/ipmitool/parse/users.ts'

const recorded = (name: string) => readFileSync(new URL(`recorded/${name}`, import.meta.url), 'utf8')
const sensorsOf = (name: string) => parseSdrList(recorded(`${name}-sdr-elist.txt`))
const readings = (name: string) =>
  sensorsOf(name).map(({ name, value, unit, state, says }) => [name, value, unit, state, ...says])

describe('what a BMC is', () => {
  test.each([
    ['sim', 'Supermicro', '2.22'],
    ['dell-r540', 'Dell', '7.00'],
    ['hpe', 'HPE', '1.28'],
    ['lenovo', 'Lenovo', '5.40'],
  ])('%s', (name, vendor, firmware) => {
    expect(parseMcInfo(recorded(`${name}-mc-info.txt`))).toMatchObject({ vendor, firmware, ipmiVersion: '2.0' })
  })

  test('its capabilities, and its GUID', () => {
    expect(parseMcInfo(recorded('lenovo-mc-info.txt'))?.capabilities).toEqual([
      ...['sensor', 'sdr-repository', 'sel', 'fru', 'event-receiver', 'event-generator', 'chassis'],
    ])
    expect(parseGuid(recorded('sim-guid.txt'))).toBe('a123456789abcdefa123456789abcdef')
    expect(parseGuid(' 00'.repeat(16))).toBeNull()
  })

  test('the identity of the machine; what is empty is absent', () => {
    expect(identityOf(parseFru(recorded('dell-r540-fru-0.txt'))!)).toEqual({
      manufacturer: 'DELL',
      model: 'PowerEdge R540',
      serial: 'DR8L3N2',
    })
    expect(identityOf(parseFru(recorded('sim-fru-0.txt'))!)).toEqual({
      manufacturer: 'RigCorp',
      model: 'RigServer 9',
      serial: 'SN12345',
    })
    expect(identityOf(parseFru(recorded('hpe-dl360g7-fru-0.txt'))!)).toEqual({
      manufacturer: 'HP',
      model: 'ProLiant DL360 G7',
    })
  })
})

describe('chassis', () => {
  test('power, policy and faults', () => {
    expect(parseChassis(recorded('sim-chassis-status.txt'))).toEqual({
      power: 'off',
      restorePolicy: 'always-off',
      faults: [],
    })
    expect(parseChassis(recorded('intel-chassis-status.txt'))).toMatchObject({ restorePolicy: 'previous', faults: [] })
    expect(parseChassis(recorded('written-chassis-faults.txt'))).toEqual({
      power: 'on',
      restorePolicy: 'always-on',
      faults: ['Main Power Fault', 'Chassis Intrusion', 'Cooling/Fan Fault'],
    })
  })

  test('boot flags, from their bytes or their words', () => {
    expect(parseBootFlags(recorded('sim-bootparam-5.txt'))).toBeNull()
    expect(parseBootFlags(recorded('dell-r730-bootparam-5.txt'))).toEqual({
      device: 'disk',
      persistent: true,
      efi: true,
    })
    expect(parseBootFlags(recorded('written-bootparam-words.txt'))).toEqual({
      device: 'cdrom',
      persistent: false,
      efi: true,
    })
  })
})

describe('sensors', () => {
  test('with their units, and what they say besides', () => {
    expect(readings('hpe-dl360g7')).toEqual([
      ['VRM 1', undefined, undefined, 'ok', 'Device Present'],
      ['UID Light', undefined, undefined, 'ok'],
      ['Power Supply 1', 0, 'Watts', 'critical', 'Presence detected', 'Failure detected'],
      ['Power Supply 2', 95, 'Watts', 'ok', 'Presence detected'],
      ['Power Supplies', undefined, undefined, 'ok', 'Non-Redundant: Sufficient from Redundant'],
      ['Fan Block 1', 21.56, 'percent', 'ok', 'Transition to Running'],
      ['Fans', 0, 'percent', 'ok', 'Fully Redundant'],
      ['Temp 1', 20, 'degrees C', 'ok'],
      ['Temp 4', undefined, undefined, 'unknown'],
      ['Temp 17', 30, 'degrees C', 'ok'],
      ['Power Meter', 100, 'Watts', 'ok', 'Device Enabled'],
      [
        ...['Memory', undefined, undefined, 'ok', 'Correctable ECC', 'Correctable ECC logging limit reached'],
        'Presence Detected',
      ],
    ])
  })

  test('of several vendors', () => {
    expect(readings('dell')).toContainEqual(['Current 1', 7.2, 'Amps', 'ok'])
    expect(readings('dell')).toContainEqual(['SEL', undefined, undefined, 'unknown'])
    expect(readings('supermicro')).toContainEqual(['VBAT', 3.06, 'Volts', 'ok'])
    expect(readings('asrock-rack')).toContainEqual(['REAR_FAN1', undefined, undefined, 'unknown'])
    expect(parseSdrList(recorded('quanta-fans.txt')).map(({ value, unit }) => [value, unit])).toEqual([
      [4600, '% RPM'],
      [0, '% RPM'],
    ])
  })

  test('of one name are told apart by their number', () => {
    const found = parseSdrList(recorded('dell-temperatures.txt')).filter(({ name }) => name === 'Temp')
    expect(found.map(({ number, entity, value }) => [number, entity, value])).toEqual([
      [14, '3.1', 41],
      [15, '3.2', 40],
    ])
  })

  test('a number of another locale is no number, and is kept as it was written', () => {
    const [, , voltage] = parseSdrList(recorded('intel-comma-locale.txt'))
    expect(voltage).toEqual({
      name: 'BB +12.0V',
      number: 0xd0,
      entity: '7.1',
      state: 'ok',
      says: [],
      raw: '12,03 Volts',
    })
  })

  test('controllers in the list are no sensors', () => {
    expect(sensorsOf('sim').map(({ name }) => name)).toEqual(['CPU Temp', 'FAN1', '12V'])
    expect(parseRecordCount(recorded('sim-sdr-info.txt'))).toBe(4)
  })

  test('with type and limits, when they are asked for', () => {
    const [cpu, fan, rail] = parseSdrVerbose(recorded('sim-sdr-verbose.txt'))
    expect(cpu).toEqual({
      ...{ name: 'CPU Temp', number: 1, entity: '3.1', type: 'Temperature', value: 42, unit: 'degrees C', state: 'ok' },
      ...{ says: [], raw: '42 (+/- 0) degrees C' },
      thresholds: { upperWarning: 80, upperCritical: 90, upperFailed: 100 },
    })
    expect(fan?.thresholds).toEqual({ lowerCritical: 500, lowerWarning: 800 })
    expect(rail).toMatchObject({ value: 12.1, unit: 'Volts', thresholds: { lowerCritical: 10.8, upperCritical: 13.2 } })
    expect(parseSdrVerbose(recorded('sim-sdr-verbose-critical.txt'))[0]).toMatchObject({ value: 95, state: 'critical' })
    expect(sensorsOf('sim').map(({ state }) => state)).toEqual(['ok', 'ok', 'ok'])
    expect(parseSdrList(recorded('sim-sdr-elist-critical.txt'))[0]).toMatchObject({ value: 95, state: 'critical' })
  })

  test('without limits say how they are in words', () => {
    const [status, temperature] = parseSdrVerbose(recorded('lenovo-sdr-verbose.txt'))
    expect(status).toMatchObject({ name: 'CPU1 Status', type: 'Processor', says: ['Presence detected'], state: 'ok' })
    expect(status).not.toHaveProperty('value')
    expect(temperature?.thresholds).toEqual({ upperCritical: 75, upperWarning: 70 })
  })

  test('of Fujitsu: fractions, and a kind of sensor that others do not name', () => {
    const found = parseSdrVerbose(recorded('fujitsu-sdr-verbose.txt'))
    expect(found.map(({ value, unit, type }) => [value, unit, type])).toEqual([
      [16.5, 'degrees C', 'Temperature'],
      [3.023, 'Volts', 'Voltage'],
      [4680, 'RPM', 'Fan'],
    ])
    expect(found[1]?.thresholds).toEqual({ upperCritical: 3.089, lowerFailed: 2.706, lowerCritical: 2.798 })
  })
})

describe('the event log', () => {
  test('before the BMC had a clock, and after', () => {
    expect(parseSel(recorded('sim-sel-elist.txt'))[1]).toEqual({
      ...{ id: 2, uptime: 30146, sensor: 'Temperature CPU Temp', text: 'Upper Critical going high' },
      ...{ direction: 'asserted', trigger: 'Reading 95 > Threshold 90 degrees C', severity: 'critical' },
    })
    expect(parseSel(recorded('sim-sel-elist-clock.txt'))[0]).toMatchObject({
      id: 13,
      time: new Date('2026-11-23T20:00:00Z'),
      severity: 'warning',
    })
    expect(parseSel(recorded('sim-sel-empty.txt'))).toEqual([])
    expect(isEmptySel(recorded('sim-sel-empty.txt'))).toBe(true)
  })

  test('how bad it is', () => {
    expect(parseSel(recorded('hpe-sel-list.txt')).map(({ id, severity }) => [id.toString(16), severity])).toEqual([
      ['532', 'critical'],
      ['533', 'critical'],
      ['534', 'critical'],
      ['535', 'info'],
      ['547', 'warning'],
      ['548', 'critical'],
    ])
  })

  test('a time of an unknown zone is no time', () => {
    const found = parseSel(recorded('supermicro-x10-sel-list.txt'))
    expect(found).toHaveLength(6)
    expect(found.every((event) => !('time' in event))).toBe(true)
    expect(found[3]).toEqual({ id: 0x33, sensor: 'Unknown #0xff', text: '', direction: 'asserted', severity: 'info' })
  })

  test('records of a vendor', () => {
    const [sync, , oem] = parseSel(recorded('intel-sel-list.txt'))
    expect(sync).toMatchObject({ sensor: 'System Event BIOS Evt Sensor', time: new Date('2014-09-22T10:08:49Z') })
    expect(oem).toEqual({
      ...{ id: 0x151, time: new Date('2014-09-30T12:00:44Z'), sensor: 'OEM record dd' },
      ...{ text: '000157, 000000000000', severity: 'info' },
    })
  })
})

describe('users', () => {
  test('of all slots', () => {
    expect(parseUsers(recorded('sim-user-list.csv'))[1]).toEqual({
      ...{ id: 2, slot: 2, name: 'admin', privilege: 'administrator', callIn: true, link: false, ipmi: true },
    })
    expect(parseUsers(recorded('sim-user-list.csv'))[3]).not.toHaveProperty('privilege')
    expect(parseUsers(recorded('written-user-list.csv')).map(({ name, privilege }) => [name, privilege])).toEqual([
      ['', 'none'],
      ['ADMIN', 'administrator'],
      ['a,b c', 'operator'],
      ['', 'none'],
      ['root', 'oem'],
    ])
  })

  test('of one slot; whether it is enabled may be unknown', () => {
    const found = parseUserAccess(recorded('sim-channel-getaccess.txt'))
    expect(found).toEqual({
      ...{ id: 2, slot: 2, name: 'admin', privilege: 'administrator', callIn: true, link: false, ipmi: true },
    })
    const enabled = recorded('sim-channel-getaccess.txt').replace(
      'Enable Status        : unknown',
      'Enable Status        : enabled',
    )
    expect(parseUserAccess(enabled)?.enabled).toBe(true)
    expect(parseChannel(recorded('sim-channel-info.txt'))).toBe(1)
  })
})

describe('network', () => {
  test('of several vendors', () => {
    expect(parseLan(recorded('supermicro-lan-print.txt'))).toEqual({
      ...{ source: 'dhcp', address: '192.168.2.53', netmask: '255.255.255.0', gateway: '192.168.2.1' },
      ...{ mac: 'ac:1f:6b:73:c9:f0', ciphers: [1, 2, 3, 6, 7, 8, 11, 12] },
    })
    expect(parseLan(recorded('hpe-lan-print.txt'))).toMatchObject({ source: 'dhcp', ciphers: [0, 1, 2, 3] })
    expect(parseLan(recorded('sim-lan-print.txt'))).toEqual({
      source: 'other',
      ciphers: Array.from({ length: 15 }, (_, index) => index + 1),
    })
  })

  test('serial over LAN', () => {
    expect(parseSol(recorded('power9-sol-info.txt'))).toEqual({
      enabled: true,
      privilege: 'operator',
      bitRate: 115_200,
    })
    expect(parseSol(recorded('openbmc-sol-info.txt'))).toEqual({ enabled: true, privilege: 'user' })
  })
})
