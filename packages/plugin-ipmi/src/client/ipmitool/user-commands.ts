import type { ChannelAccess, Privilege } from '../driver.ts'

/** Table 22-32 of IPMI 2.0. */
const levels: Readonly<Record<Privilege, number>> = {
  callback: 1,
  user: 2,
  operator: 3,
  administrator: 4,
  oem: 5,
  none: 15,
}

const hex = (byte: number): string => `0x${byte.toString(16).padStart(2, '0')}`

const operations = { set: 0x02, test: 0x03 } as const

/**
 * Set User Password (22.30 of IPMI 2.0) as bytes, so that no quoting changes a password. 16 of them unless it has more: what
 * is kept as 20 bytes lets nobody in over IPMI 1.5.
 */
export function passwordCommand(operation: keyof typeof operations, slot: number, password: string): string {
  const bytes = Buffer.from(password)
  const size = bytes.length > 16 ? 20 : 16
  const padded = Buffer.concat([bytes, Buffer.alloc(size - bytes.length)])
  return [
    'raw',
    hex(0x06),
    hex(0x47),
    hex(slot | (size === 20 ? 0x80 : 0)),
    hex(operations[operation]),
    ...[...padded].map(hex),
  ].join(' ')
}

/**
 * Set User Access (22.26 of IPMI 2.0) as bytes: of `link=off` and its like ipmitool 1.8.19 says that it was done, and sends
 * that it is on.
 */
export function accessCommand(
  slot: number,
  channel: number,
  access: ChannelAccess & { privilege: Privilege },
): string[] {
  const bits = (access.callIn ? 0 : 0x40) | (access.link ? 0x20 : 0) | (access.ipmi ? 0x10 : 0)
  return ['raw', ...[0x06, 0x43, 0x80 | bits | channel, slot, levels[access.privilege], 0x00].map(hex)]
}
