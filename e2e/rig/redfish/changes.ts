import { bootTargets, type Resource, roles } from './resources.ts'
import type { Account, RedfishState, Style } from './state.ts'

/** What a request is refused with: HTTP status and a message of the registry `Base`. */
export class Refused extends Error {
  readonly status: number
  readonly key: string

  constructor(status: number, key: string, message: string) {
    super(message)
    this.status = status
    this.key = key
  }
}

type Setter = (value: unknown) => void
type Setters = { readonly [name: string]: Setter | Setters }

const oneOf = (name: string, values: readonly string[], value: unknown): string => {
  if (typeof value === 'string' && values.includes(value)) return value
  throw new Refused(400, 'PropertyValueNotInList', `The value ${JSON.stringify(value)} for ${name} is not in the list.`)
}
const typed = <T extends 'string' | 'boolean' | 'number'>(name: string, type: T, value: unknown) => {
  const found: string = typeof value
  if (found === type) return value as { string: string; boolean: boolean; number: number }[T]
  throw new Refused(400, 'PropertyValueTypeError', `The value for ${name} is of another type.`)
}

/** Puts all of a change, or nothing: what is unknown or wrong is refused before anything is set. */
function set(setters: Setters, body: Resource): void {
  const work: (() => void)[] = []
  const collect = (setters: Setters, body: Resource): void => {
    for (const [name, value] of Object.entries(body)) {
      const setter = Object.hasOwn(setters, name) ? setters[name] : undefined
      if (setter === undefined) throw new Refused(400, 'PropertyUnknown', `The property ${name} is not known here.`)
      if (typeof setter === 'function') work.push(() => setter(value))
      else collect(setter, value as Resource)
    }
  }
  collect(setters, body)
  for (const act of work) act()
}

export function changeSystem(state: RedfishState, style: Style, body: Resource): void {
  const boot = { ...state.boot }
  let { restorePolicy, light } = state
  set(
    {
      PowerRestorePolicy: (value) => {
        restorePolicy = oneOf('PowerRestorePolicy', ['AlwaysOn', 'AlwaysOff', 'LastState'], value)
      },
      Boot: {
        BootSourceOverrideEnabled: (value) => {
          boot.enabled = oneOf('BootSourceOverrideEnabled', ['Disabled', 'Once', 'Continuous'], value)
        },
        BootSourceOverrideTarget: (value) => {
          boot.target = oneOf('BootSourceOverrideTarget', bootTargets, value)
        },
        BootSourceOverrideMode: (value) => {
          boot.mode = oneOf('BootSourceOverrideMode', ['Legacy', 'UEFI'], value)
        },
      },
      ...(style === 'modern'
        ? {}
        : {
            IndicatorLED: (value: unknown) => {
              light = oneOf('IndicatorLED', ['Lit', 'Blinking', 'Off'], value) !== 'Off'
            },
          }),
    },
    body,
  )
  Object.assign(state, { boot, restorePolicy, light })
}

export function changeChassis(state: RedfishState, style: Style, body: Resource): void {
  set(
    style === 'modern'
      ? {
          LocationIndicatorActive: (value) => {
            state.light = typed('LocationIndicatorActive', 'boolean', value)
          },
        }
      : {},
    body,
  )
}

export function changeLan(state: RedfishState, body: Resource): void {
  const lan = { ...state.lan }
  set(
    {
      DHCPv4: {
        DHCPEnabled: (value) => {
          lan.dhcp = typed('DHCPEnabled', 'boolean', value)
        },
      },
      IPv4StaticAddresses: (value) => {
        const [first = {}] = value as Resource[]
        lan.address = typed('Address', 'string', first.Address)
        lan.netmask = typed('SubnetMask', 'string', first.SubnetMask)
        lan.gateway = typed('Gateway', 'string', first.Gateway)
      },
      VLAN: {
        VLANEnable: (value) => {
          lan.vlan = typed('VLANEnable', 'boolean', value) ? (lan.vlan ?? 1) : undefined
        },
        VLANId: (value) => {
          lan.vlan = typed('VLANId', 'number', value)
        },
      },
    },
    body,
  )
  state.lan = lan
}

export function changeAccount(account: Account, style: Style, body: Resource, others: readonly Account[]): void {
  const next: Account = { ...account }
  set(
    {
      UserName: (value) => {
        next.name = typed('UserName', 'string', value)
        if (next.name !== '' && others.some((each) => each.id !== account.id && each.name === next.name))
          throw new Refused(400, 'ResourceAlreadyExists', 'A user of that name exists already.')
      },
      Password: (value) => {
        next.password = typed('Password', 'string', value)
        if (next.password.length < 8)
          throw new Refused(400, 'PropertyValueFormatError', `The password ${next.password} is too short.`)
      },
      RoleId: (value) => {
        next.role = oneOf('RoleId', [...Object.keys(roles), ...(style === 'classic' ? ['None'] : [])], value)
      },
      Enabled: (value) => {
        next.enabled = typed('Enabled', 'boolean', value)
      },
      ...(style === 'modern'
        ? {
            AccountTypes: (value: unknown) => {
              next.types = (value as string[]).map((each) => oneOf('AccountTypes', ['Redfish', 'IPMI'], each))
            },
          }
        : {}),
    },
    body,
  )
  Object.assign(account, next)
}
