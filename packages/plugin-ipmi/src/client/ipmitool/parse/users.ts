import type { BmcUser, Privilege } from '../../driver.ts'
import { given } from '../../given.ts'
import { firstFields, wholeOf } from './fields.ts'

const privilegeWords: Readonly<Record<string, Privilege>> = {
  CALLBACK: 'callback',
  USER: 'user',
  OPERATOR: 'operator',
  ADMINISTRATOR: 'administrator',
  ADMIN: 'administrator',
  OEM: 'oem',
  'NO ACCESS': 'none',
}

export const parsePrivilege = (text: string | undefined): Privilege | undefined =>
  privilegeWords[text?.trim().toUpperCase() ?? '']

/** Some boards write it into slots that nobody has. */
const nameOf = (text: string): string => (/^\((empty user|null)\)$/i.test(text.trim()) ? '' : text.trim())

/** `-c user list`. Only the name may have commas in it. */
export function parseUsers(text: string): BmcUser[] {
  return text.split('\n').flatMap((line) => {
    const [, slot, name, callIn, link, ipmi, privilege] =
      /^(\d{1,2}),(.*),(true|false),(true|false),(true|false),([^,]*)$/.exec(line.trimEnd()) ?? []
    if (slot === undefined) return []
    return [
      given({
        ...{ id: Number(slot), slot: Number(slot) },
        name: nameOf(name!),
        privilege: parsePrivilege(privilege),
        callIn: callIn === 'true',
        link: link === 'true',
        ipmi: ipmi === 'true',
      }),
    ]
  })
}

/** `channel getaccess CHANNEL SLOT`. */
export function parseUserAccess(text: string): BmcUser | undefined {
  const fields = firstFields(text)
  const slot = wholeOf(fields.get('User ID'))
  if (slot === undefined) return undefined
  const enabled = fields.get('Enable Status')
  return given({
    ...{ id: slot, slot },
    name: nameOf(fields.get('User Name') ?? ''),
    privilege: parsePrivilege(fields.get('Privilege Level')),
    enabled: enabled === 'enabled' ? true : enabled === 'disabled' ? false : undefined,
    callIn: /call-in/.test(fields.get('Access Available') ?? ''),
    link: fields.get('Link Authentication') === 'enabled',
    ipmi: fields.get('IPMI Messaging') === 'enabled',
  })
}

/** `channel info`: which one this is. */
export function parseChannel(text: string): number | undefined {
  const [, digits] = /^Channel 0x([0-9a-f]{1,2}) info:/im.exec(text) ?? []
  return digits === undefined ? undefined : Number.parseInt(digits, 16)
}
