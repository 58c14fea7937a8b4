import type { BmcUser, Privilege, UserSpec } from '../driver.ts'
import { BmcError } from '../error.ts'
import { given } from '../given.ts'
import { flag, type Json, text, texts } from './values.ts'

/** The roles that every service has, DSP0266 13.3.2; the last are what services have for a user that may do nothing. */
const roles: readonly (readonly [Privilege, string])[] = [
  ['administrator', 'Administrator'],
  ['operator', 'Operator'],
  ['user', 'ReadOnly'],
  ['none', 'NoAccess'],
  ['none', 'None'],
]

export function userOf(account: Json): BmcUser | undefined {
  const id = text(account.Id)
  if (id === undefined) return undefined
  const role = text(account.RoleId)
  const types = texts(account.AccountTypes)
  return {
    id,
    name: text(account.UserName) ?? '',
    ...given({
      slot: /^[1-9]\d{0,2}$/.test(id) ? Number(id) : undefined,
      privilege: roles.find(([, name]) => name === role)?.[0],
      enabled: flag(account.Enabled),
      ipmi: types?.includes('IPMI'),
    }),
  }
}

/** The change that makes an account be like this. What it has no such thing as has to be as it is anyway. */
export function accountChange(spec: UserSpec, now: Json, description: string): Json {
  const { name, password, privilege, enabled, ipmi, link, callIn } = spec
  const role = roles.find(([each]) => each === privilege)?.[1]
  const types = texts(now.AccountTypes)
  const cannot = (what: string) => {
    throw new BmcError('unsupported', `${description}: by Redfish there is no ${what}`)
  }
  if (privilege !== undefined && role === undefined) cannot(`role for "${privilege}"`)
  if (link === false) cannot('user who may not log in over the network')
  if (callIn === false) cannot('user who is only called back')
  if (ipmi === false && types === undefined) cannot('user who may not use IPMI, in this BMC')
  return given({
    UserName: name,
    Password: password,
    RoleId: role,
    Enabled: enabled,
    AccountTypes:
      ipmi === undefined || types === undefined || types.includes('IPMI') === ipmi
        ? undefined
        : ipmi
          ? [...types, 'IPMI']
          : types.filter((each) => each !== 'IPMI'),
  })
}
