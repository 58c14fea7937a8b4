import type { BmcInfo } from '../driver.ts'
import type { Fru } from '../fru.ts'
import { given } from '../given.ts'
import { type Json, link, part, text } from './values.ts'

export function infoOf(root: Json, manager: Json, system: Json): BmcInfo {
  const [oem] = Object.keys(part(root.Oem))
  return {
    ...given({
      vendor: text(root.Vendor) ?? oem ?? text(manager.Manufacturer) ?? text(system.Manufacturer),
      firmware: text(manager.FirmwareVersion),
      redfishVersion: text(root.RedfishVersion),
    }),
    capabilities: [
      ...(part(system.Actions)['#ComputerSystem.Reset'] === undefined ? [] : ['chassis']),
      ...(link(root.Chassis) === undefined ? [] : ['sensor', 'fru']),
      ...(link(system.LogServices ?? manager.LogServices) === undefined ? [] : ['sel']),
    ],
  }
}

/** The digits of its UUID; undefined where it was given none. */
export function guidOf(system: Json): string | undefined {
  const digits = text(system.UUID)?.replaceAll('-', '').toLowerCase()
  return digits === undefined || !/^[0-9a-f]{32}$/.test(digits) || /^(0+|f+)$/.test(digits) ? undefined : digits
}

export function fruOf(system: Json, chassis: Json): Fru {
  const product = given({
    manufacturer: text(system.Manufacturer),
    name: text(system.Model),
    partNumber: text(system.PartNumber),
    version: text(system.HardwareVersion) ?? text(system.Version),
    serial: text(system.SerialNumber),
    assetTag: text(system.AssetTag),
  })
  const fields = (prefix: string, from: Json, names: readonly string[]) =>
    names.flatMap((name) => {
      const value = text(from[name])
      return value === undefined ? [] : [[`${prefix} ${name}`, value] as const]
    })
  const written = ['Manufacturer', 'Model', 'PartNumber', 'SerialNumber', 'SKU', 'AssetTag']
  return {
    chassis: given({
      type: text(chassis.ChassisType),
      partNumber: text(chassis.PartNumber),
      serial: text(chassis.SerialNumber),
    }),
    board: {},
    product,
    fields: [...fields('Product', system, written), ...fields('Chassis', chassis, ['ChassisType', ...written])],
  }
}
