import type { Privilege, UserSpec } from '../driver.ts'

/** Table 22-32 of IPMI 2.0. */
const levels: Readonly<Record<Privilege, number>> = {
  callback: 1,
  user: 2,
  operator: 3,
  administrator: 4,
  oem: 5,
  none: 15,
}

const onOff = (value: boolean): string => (value ? 'on' : 'off')
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

/** What changes a user, in an order in which it may do nothing new before it has its password. */
export function userCommands(slot: number, channel: number, spec: UserSpec): (readonly string[])[] {
  const { name, callIn, ipmi, link, privilege, enabled } = spec
  const access = [
    ...(callIn === undefined ? [] : [`callin=${onOff(callIn)}`]),
    ...(ipmi === undefined ? [] : [`ipmi=${onOff(ipmi)}`]),
    ...(link === undefined ? [] : [`link=${onOff(link)}`]),
    ...(privilege === undefined ? [] : [`privilege=${levels[privilege]}`]),
  ]
  return [
    ...(name === undefined ? [] : [['user', 'set', 'name', String(slot), name]]),
    ...(access.length === 0 ? [] : [['channel', 'setaccess', String(channel), String(slot), ...access]]),
    ...(enabled === undefined ? [] : [['user', enabled ? 'enable' : 'disable', String(slot)]]),
  ]
}
