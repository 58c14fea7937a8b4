/** What a simulated Redfish service knows, and keeps through a restart. */
export interface RedfishState {
  readonly guid: string
  readonly inventory: { readonly manufacturer: string; readonly product: string; readonly serial: string }
  restorePolicy: string
  boot: { enabled: string; target: string; mode: string }
  light: boolean
  readonly accounts: Map<string, Account>
  /** By their token. */
  readonly sessions: Map<string, { readonly id: string; readonly user: string }>
  readonly tasks: Map<string, Task>
  readonly sensors: Map<string, RedfishSensor>
  readonly log: LogEntry[]
  lan: { dhcp: boolean; address: string; netmask: string; gateway: string; vlan: number | undefined }
  /** Until when the BMC is restarting. */
  awayUntil: number
}

export interface Account {
  readonly id: string
  name: string
  password: string
  role: string
  enabled: boolean
  types: string[]
}

export interface Task {
  readonly id: string
  readonly started: number
  readonly done: number
}

export interface RedfishSensor {
  readonly name: string
  readonly type: 'Temperature' | 'Rotational' | 'Voltage'
  value: number | null
  readonly unit: string
  readonly limits: Partial<
    Record<'lowerCritical' | 'lowerWarning' | 'upperWarning' | 'upperCritical' | 'upperFatal', number>
  >
}

export interface LogEntry {
  readonly id: string
  readonly created: string
  readonly severity: 'OK' | 'Warning' | 'Critical'
  readonly message: string
  readonly code: 'Assert' | 'Deassert'
}

/**
 * `classic`: as boards of the first years: Thermal and Power, an indicator LED, fixed places for users, changes only with
 * If-Match. `modern`: sensors as resources of their own, collections that are expanded, tasks, accounts that are made.
 */
export type Style = 'classic' | 'modern'

export const health = ({ value, limits }: RedfishSensor): 'OK' | 'Warning' | 'Critical' => {
  if (value === null) return 'OK'
  const { lowerCritical = Number.NEGATIVE_INFINITY, upperCritical = Number.POSITIVE_INFINITY } = limits
  const { lowerWarning = Number.NEGATIVE_INFINITY, upperWarning = Number.POSITIVE_INFINITY } = limits
  if (value <= lowerCritical || value >= upperCritical) return 'Critical'
  return value <= lowerWarning || value >= upperWarning ? 'Warning' : 'OK'
}

const PLACES = 10

export function freshState(
  style: Style,
  guid: string,
  inventory: RedfishState['inventory'],
  users: readonly Omit<Account, 'id' | 'enabled' | 'types'>[],
): RedfishState {
  const types = style === 'modern' ? ['Redfish', 'IPMI'] : []
  const empty = { name: '', password: '', role: 'None', enabled: false, types: [] }
  const places =
    style === 'classic' ? Array.from({ length: PLACES }, (_, index) => ({ ...empty, id: `${index + 1}` })) : []
  const accounts = new Map<string, Account>(places.map((each) => [each.id, each]))
  for (const [index, user] of users.entries()) {
    const id = style === 'classic' ? `${index + 2}` : user.name
    accounts.set(id, { ...user, id, enabled: true, types: [...types] })
  }
  const sensors: RedfishSensor[] = [
    {
      ...{ name: 'CPU Temp', type: 'Temperature', value: 42, unit: 'Cel' },
      limits: { upperWarning: 80, upperCritical: 90, upperFatal: 100 },
    },
    {
      ...{ name: 'FAN1', type: 'Rotational', value: 3000, unit: 'RPM' },
      limits: { lowerCritical: 500, lowerWarning: 800 },
    },
    {
      ...{ name: '12V', type: 'Voltage', value: 12.1, unit: 'V' },
      limits: { lowerCritical: 10.8, lowerWarning: 11.2, upperWarning: 12.8, upperCritical: 13.2 },
    },
    { ...{ name: 'GPU Temp', type: 'Temperature', value: null, unit: 'Cel' }, limits: {} },
  ]
  return {
    ...{ guid, inventory, accounts, light: false, restorePolicy: 'AlwaysOff', awayUntil: 0 },
    boot: { enabled: 'Disabled', target: 'None', mode: 'UEFI' },
    ...{ sessions: new Map(), tasks: new Map(), log: [] },
    sensors: new Map(sensors.map((each) => [each.name, each])),
    lan: { dhcp: true, address: '192.0.2.10', netmask: '255.255.255.0', gateway: '192.0.2.1', vlan: undefined },
  }
}
