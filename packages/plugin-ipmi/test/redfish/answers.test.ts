import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { userOf } from '../../src/client/redfish/accounts.ts'
import { bootSettingOf } from '../../src/client/redfish/boot.ts'
import { fruOf, guidOf, infoOf } from '../../src/client/redfish/inventory.ts'
import { eventsOf, hardwareLog } from '../../src/client/redfish/log.ts'
import { interfaceOf, lanOf } from '../../src/client/redfish/network.ts'
import { powerSensors, sensorsOf, thermalSensors } from '../../src/client/redfish/readings.ts'
import { complaint, messagesIn } from '../../src/client/redfish/refusal.ts'
import type { Json } from '../../src/client/redfish/values.ts'

const names = [
  ...['Id', 'Name', 'UserName', 'Enabled', 'RoleId', 'AccountTypes', 'Boot', 'BootSourceOverrideEnabled', 'UUID'],
  ...['BootSourceOverrideTarget', 'BootSourceOverrideMode', 'Temperatures', 'Fans', 'Voltages', 'PowerControl'],
  ...['Reading', 'ReadingCelsius', 'ReadingVolts', 'ReadingUnits', 'PowerConsumedWatts', 'Thresholds', 'Status'],
  ...['Health', 'State', 'UpperCritical', 'UpperThresholdFatal', 'IPv4Addresses', 'Address', 'VLAN', 'VLANId'],
  ...['VLANEnable', 'MACAddress', 'AddressOrigin', 'Created', 'Severity', 'Message', 'MessageId', 'EntryCode'],
  ...['Entries', 'LogEntryType', '@odata.id', 'error', '@Message.ExtendedInfo', 'Oem', 'Vendor', 'SensorNumber'],
]
/** What a BMC might answer that does not keep to any schema. */
const anything = fc.letrec<{ value: unknown; object: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom<unknown>(
      null,
      true,
      false,
      42,
      -1,
      Number.NaN,
      '42',
      '',
      'On',
      'Critical',
      'Once',
      'Enabled',
      'UEFI',
    ),
    fc.string(),
    fc.double(),
    fc.array(tie('value'), { maxLength: 3 }),
    tie('object'),
  ),
  object: fc.dictionary(fc.constantFrom(...names), tie('value'), { maxKeys: 10 }),
}))
const object = anything.object as fc.Arbitrary<Json>

const numbersIn = (value: unknown): number[] =>
  typeof value === 'number'
    ? [value]
    : typeof value === 'object' && value !== null && !(value instanceof Date)
      ? Object.values(value).flatMap(numbersIn)
      : []

describe('whatever a BMC answers', () => {
  test('is no crash, and no number that it did not say', () => {
    fc.assert(
      fc.property(object, object, (one, two) => {
        const said = new Set([...numbersIn(one), ...numbersIn(two)].filter(Number.isFinite))
        const sensors = [...thermalSensors(one), ...powerSensors(one), ...sensorsOf(one)]
        for (const { value, thresholds = {}, number } of sensors)
          for (const each of [value, number, ...Object.values(thresholds)])
            if (each !== undefined) expect(said).toContain(each)
        const { vlan } = lanOf(one, '10.0.0.1')
        if (vlan !== undefined) expect(said).toContain(vlan)
        interfaceOf([one, two], '10.0.0.1')
        for (const { time } of eventsOf([one, two])) expect(Number.isNaN(time?.getTime())).toBe(false)
        const found = [bootSettingOf(one), userOf(one), hardwareLog([one, two]), guidOf(one), fruOf(one, two)]
        expect(found).toHaveLength(5)
        expect(infoOf(one, two, one).capabilities).toBeInstanceOf(Array)
        messagesIn(one)
        complaint({ status: 200, body: one }, 'BMC', 'ask', (text) => text)
      }),
      { numRuns: 1_000 },
    )
  })
})

describe('a success that is none', () => {
  const message = (key: string, more: object) => ({ MessageId: `Base.1.8.${key}`, Message: `About ${key}.`, ...more })
  const judged = (messages: object[], property = '') =>
    complaint(
      { status: 200, body: { [`${property}@Message.ExtendedInfo`]: messages } },
      'BMC x',
      'change',
      (text) => text,
    )

  test('is told by what stands beside it', () => {
    expect(judged([message('PropertyNotWritable', { Severity: 'Warning' })])).toMatchObject({ code: 'unsupported' })
    expect(judged([message('PropertyValueNotInList', { MessageSeverity: 'Warning' })], 'Enabled')).toMatchObject({
      ...{ code: 'refused', message: 'BMC x: change: About PropertyValueNotInList.' },
    })
  })

  test('unless that is harmless', () => {
    expect(judged([message('Success', { Severity: 'OK' })])).toBeUndefined()
    expect(judged([message('ResetRequired', { Severity: 'Warning' })])).toBeUndefined()
    expect(judged([message('PropertyNotWritable', {})])).toBeUndefined()
  })
})
