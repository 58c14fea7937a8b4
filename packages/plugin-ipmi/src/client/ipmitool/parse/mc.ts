import type { BmcInfo } from '../../driver.ts'
import { given } from '../../given.ts'
import { vendorName } from '../vendors.ts'
import { firstFields, wholeOf } from './fields.ts'

const capabilityNames: Readonly<Record<string, string>> = {
  'Sensor Device': 'sensor',
  'SDR Repository Device': 'sdr-repository',
  'SEL Device': 'sel',
  'FRU Inventory Device': 'fru',
  'IPMB Event Receiver': 'event-receiver',
  'IPMB Event Generator': 'event-generator',
  Bridge: 'bridge',
  'Chassis Device': 'chassis',
}

/** `mc info`. Undefined where that is not what it is. */
export function parseMcInfo(text: string): BmcInfo | undefined {
  const fields = firstFields(text)
  if (!fields.has('Device ID')) return undefined
  const vendorId = wholeOf(/^\d+/.exec(fields.get('Manufacturer ID') ?? '')?.[0])
  return given({
    vendor: vendorName(vendorId, fields.get('Manufacturer Name')),
    vendorId,
    firmware: fields.get('Firmware Revision') || undefined,
    ipmiVersion: fields.get('IPMI Version') || undefined,
    capabilities: text.split('\n').flatMap((line) => capabilityNames[line.trim()] ?? []),
  })
}

/**
 * Get System GUID (22.14 of IPMI 2.0) as bytes: which part is which, boards do not agree on, and versions of ipmitool print it
 * differently. `null` where none was ever given.
 */
export function parseGuid(text: string): string | null | undefined {
  const bytes = /^\s*((?:[0-9a-f]{2}\s*){16})$/i.exec(text.trim())?.[1]?.replace(/\s/g, '').toLowerCase()
  return bytes !== undefined && /^(0+|f+)$/.test(bytes) ? null : bytes
}
