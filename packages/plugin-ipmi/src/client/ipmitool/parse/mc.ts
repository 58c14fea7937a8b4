import type { BmcInfo } from '../../driver.ts'
import { vendorName } from '../vendors.ts'
import { firstFields, given, wholeOf } from './fields.ts'

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

/** `mc guid`, in small letters. */
export function parseGuid(text: string): string | undefined {
  const guid = firstFields(text).get('System GUID')?.toLowerCase()
  return guid !== undefined && /^[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}$/.test(guid) ? guid : undefined
}
