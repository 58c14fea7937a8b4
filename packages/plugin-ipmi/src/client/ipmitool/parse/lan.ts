import type { Lan, Sol } from '../../driver.ts'
import { given } from '../../given.ts'
import { decimalOf, firstFields, wholeOf } from './fields.ts'
import { parsePrivilege } from './users.ts'

const sources: readonly (readonly [RegExp, Lan['source']])[] = [
  [/^static/i, 'static'],
  [/^dhcp/i, 'dhcp'],
  [/^bios/i, 'bios'],
  [/./, 'other'],
]

const ipOf = (text: string | undefined): string | undefined =>
  text !== undefined && /^\d{1,3}(\.\d{1,3}){3}$/.test(text) && text !== '0.0.0.0' ? text : undefined

/** `lan print`. Undefined where that is not what it is. */
export function parseLan(text: string): Lan | undefined {
  const fields = firstFields(text)
  const source = fields.get('IP Address Source')
  if (source === undefined && !fields.has('IP Address')) return undefined
  const mac = fields.get('MAC Address')?.toLowerCase()
  return given({
    source: source === undefined ? undefined : sources.find(([pattern]) => pattern.test(source))?.[1],
    address: ipOf(fields.get('IP Address')),
    netmask: ipOf(fields.get('Subnet Mask')),
    gateway: ipOf(fields.get('Default Gateway IP')),
    mac: mac !== undefined && /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/.test(mac) && !/^[0:]*$/.test(mac) ? mac : undefined,
    vlan: wholeOf(fields.get('802.1q VLAN ID')),
    ciphers: (fields.get('RMCP+ Cipher Suites') ?? '').split(',').flatMap((each) => wholeOf(each.trim()) ?? []),
  })
}

/** `sol info`. Undefined where that is not what it is. */
export function parseSol(text: string): Sol | undefined {
  const fields = firstFields(text)
  const enabled = fields.get('Enabled')
  if (enabled === undefined) return undefined
  const kilobits = decimalOf(fields.get('Volatile Bit Rate (kbps)'))
  return given({
    enabled: enabled === 'true' ? true : enabled === 'false' ? false : undefined,
    privilege: parsePrivilege(fields.get('Privilege Level')),
    bitRate: kilobits === undefined ? undefined : Math.round(kilobits * 1000),
  })
}
