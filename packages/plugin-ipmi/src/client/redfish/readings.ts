import { given } from '../given.ts'
import type { Sensor, SensorState, Thresholds } from '../sensor.ts'
import { healthOf } from './service.ts'
import { finite, type Json, part, parts, text } from './values.ts'

/** UCUM, as ReadingUnits of Sensor has it, in the words that ipmitool has. */
const units: Readonly<Record<string, string>> = {
  Cel: 'degrees C',
  '[degF]': 'degrees F',
  V: 'Volts',
  W: 'Watts',
  A: 'Amps',
  '%': 'percent',
  Percent: 'percent',
  '{rev}/min': 'RPM',
  RPM: 'RPM',
}

/** What an address of a resource is part of, in place of IPMI's entities. */
interface Found {
  readonly name: string | undefined
  readonly type: string | undefined
  readonly value: number | undefined
  readonly unit: string | undefined
  readonly number?: number | undefined
  readonly thresholds?: Thresholds
}

const names = {
  lowerFailed: 'LowerThresholdFatal',
  lowerCritical: 'LowerThresholdCritical',
  lowerWarning: 'LowerThresholdNonCritical',
  upperWarning: 'UpperThresholdNonCritical',
  upperCritical: 'UpperThresholdCritical',
  upperFailed: 'UpperThresholdFatal',
} as const

const newNames = {
  lowerFailed: 'LowerFatal',
  lowerCritical: 'LowerCritical',
  lowerWarning: 'LowerCaution',
  upperWarning: 'UpperCaution',
  upperCritical: 'UpperCritical',
  upperFailed: 'UpperFatal',
} as const

const limitsOf = (names: Readonly<Record<keyof Thresholds, string>>, of: (name: string) => unknown): Thresholds =>
  given(Object.fromEntries(Object.entries(names).map(([limit, name]) => [limit, finite(of(name))])))

/** Temperatures and fans of Thermal, DSP2046. */
export const thermalSensors = (thermal: Json): Sensor[] => [
  ...parts(thermal.Temperatures).flatMap((each) =>
    sensorOf(each, {
      ...{ name: text(each.Name), type: 'Temperature', value: finite(each.ReadingCelsius), unit: 'degrees C' },
      ...{ number: finite(each.SensorNumber), thresholds: limitsOf(names, (name) => each[name]) },
    }),
  ),
  ...parts(thermal.Fans).flatMap((each) =>
    sensorOf(each, {
      ...{ name: text(each.Name) ?? text(each.FanName), type: 'Fan', value: finite(each.Reading) },
      // Before 1.1 of the schema there was no unit.
      unit: units[text(each.ReadingUnits) ?? ''],
      ...{ number: finite(each.SensorNumber), thresholds: limitsOf(names, (name) => each[name]) },
    }),
  ),
]

/** Voltages, supplies and consumption of Power, DSP2046. */
export const powerSensors = (power: Json): Sensor[] => [
  ...parts(power.Voltages).flatMap((each) =>
    sensorOf(each, {
      ...{ name: text(each.Name), type: 'Voltage', value: finite(each.ReadingVolts), unit: 'Volts' },
      ...{ number: finite(each.SensorNumber), thresholds: limitsOf(names, (name) => each[name]) },
    }),
  ),
  ...parts(power.PowerSupplies).flatMap((each) =>
    sensorOf(each, {
      ...{ name: text(each.Name), type: 'Power Supply', unit: 'Watts' },
      value: finite(each.PowerOutputWatts) ?? finite(each.LastPowerOutputWatts),
    }),
  ),
  ...parts(power.PowerControl).flatMap((each) =>
    each.PowerConsumedWatts === undefined
      ? []
      : sensorOf(each, {
          ...{ name: text(each.Name) ?? 'Power', type: 'Power', unit: 'Watts' },
          value: finite(each.PowerConsumedWatts),
        }),
  ),
]

/** A resource Sensor. */
export function sensorsOf(sensor: Json): Sensor[] {
  const unit = text(sensor.ReadingUnits)
  const thresholds = part(sensor.Thresholds)
  return sensorOf(sensor, {
    ...{ name: text(sensor.Name) ?? text(sensor.Id), type: text(sensor.ReadingType), value: finite(sensor.Reading) },
    unit: unit === undefined ? undefined : (units[unit] ?? unit),
    thresholds: limitsOf(newNames, (name) => part(thresholds[name]).Reading),
  })
}

function sensorOf(source: Json, { name, type, value, unit, number, thresholds = {} }: Found): Sensor[] {
  if (name === undefined) return []
  const state = text(part(source.Status).State)
  const isAway = state !== undefined && !['Enabled', 'StandbyOffline', 'StandbySpare', 'InTest'].includes(state)
  const reading = isAway ? undefined : value
  const says = isAway ? [state] : []
  const health = healthOf(source)
  return [
    {
      name,
      ...given({ number, type, value: reading, unit: reading === undefined ? undefined : unit }),
      state: isAway ? 'unknown' : stateOf(health, reading, thresholds),
      says: health === 'Critical' || health === 'Warning' ? [...says, health] : says,
      raw: reading === undefined ? (state ?? '') : [reading, unit].filter((each) => each !== undefined).join(' '),
      ...(Object.keys(thresholds).length > 0 ? { thresholds } : {}),
    },
  ]
}

/** What the BMC says of it, which is why its limits are asked only where it says nothing. */
function stateOf(health: string | undefined, value: number | undefined, limits: Thresholds): SensorState {
  const below = (limit: number | undefined) => value !== undefined && limit !== undefined && value <= limit
  const above = (limit: number | undefined) => value !== undefined && limit !== undefined && value >= limit
  const isFailed = below(limits.lowerFailed) || above(limits.upperFailed)
  if (health === 'Critical') return isFailed ? 'failed' : 'critical'
  if (health === 'Warning') return 'warning'
  if (health === 'OK') return 'ok'
  if (isFailed) return 'failed'
  if (below(limits.lowerCritical) || above(limits.upperCritical)) return 'critical'
  if (below(limits.lowerWarning) || above(limits.upperWarning)) return 'warning'
  return value === undefined ? 'unknown' : 'ok'
}
