import { health, type RedfishSensor, type RedfishState, type Style } from './state.ts'

export type Resource = Record<string, unknown>
export type Resources = ReadonlyMap<string, Resource>

const ROOT = '/redfish/v1'
const at = (path: string) => ({ '@odata.id': path })
const slug = (name: string) => name.replaceAll(/\W+/g, '_')

/** Everything that the service has, by its path. */
export function resourcesOf(state: RedfishState, style: Style, power: 'On' | 'Off'): Resources {
  const found = new Map<string, Resource>()
  const resource = (path: string, type: string, id: string, name: string, body: Resource): void => {
    found.set(path, { ...at(path), '@odata.type': `#${type}`, Id: id, Name: name, ...body })
  }
  const collection = (path: string, type: string, name: string, members: readonly string[]): void => {
    found.set(path, {
      ...{ ...at(path), '@odata.type': `#${type}.${type}`, Name: name },
      ...{ Members: members.map(at), 'Members@odata.count': members.length },
    })
  }
  const modern = style === 'modern'
  const path = {
    system: `${ROOT}/Systems/1`,
    chassis: `${ROOT}/Chassis/1U`,
    manager: `${ROOT}/Managers/BMC`,
    accounts: `${ROOT}/AccountService/Accounts`,
    roles: `${ROOT}/AccountService/Roles`,
    sessions: `${ROOT}/SessionService/Sessions`,
    log: `${ROOT}/Systems/1/LogServices/SEL`,
    lan: `${ROOT}/Managers/BMC/EthernetInterfaces/eth0`,
  }

  resource(
    `${ROOT}/`,
    modern ? 'ServiceRoot.v1_5_0.ServiceRoot' : 'ServiceRoot.v1_0_3.ServiceRoot',
    'RootService',
    'Root Service',
    {
      ...{ RedfishVersion: modern ? '1.6.0' : '1.0.2', UUID: dashed(state.guid, 'f') },
      ...(modern
        ? {
            Vendor: 'RigCorp',
            Product: 'Rig Redfish Service',
            ProtocolFeaturesSupported: {
              ExpandQuery: { ExpandAll: false, Levels: true, Links: false, MaxLevels: 1, NoLinks: true },
              ...{ FilterQuery: false, SelectQuery: false },
            },
          }
        : { Oem: { RigCorp: {} } }),
      ...{ Systems: at(`${ROOT}/Systems`), Chassis: at(`${ROOT}/Chassis`), Managers: at(`${ROOT}/Managers`) },
      ...{ AccountService: at(`${ROOT}/AccountService`), SessionService: at(`${ROOT}/SessionService`) },
      ...(modern ? { Tasks: at(`${ROOT}/TaskService`) } : {}),
      Links: { Sessions: at(path.sessions) },
    },
  )

  collection(`${ROOT}/Systems`, 'ComputerSystemCollection', 'Systems', [path.system])
  resource(path.system, 'ComputerSystem.v1_6_0.ComputerSystem', '1', 'Machine', {
    ...{ SystemType: 'Physical', Manufacturer: state.inventory.manufacturer, Model: state.inventory.product },
    ...{ SerialNumber: state.inventory.serial, UUID: dashed(state.guid), PowerState: power },
    Status: { State: power === 'On' ? 'Enabled' : 'StandbyOffline', Health: 'OK' },
    PowerRestorePolicy: state.restorePolicy,
    Boot: {
      ...{ BootSourceOverrideEnabled: state.boot.enabled, BootSourceOverrideTarget: state.boot.target },
      'BootSourceOverrideTarget@Redfish.AllowableValues': bootTargets,
      BootSourceOverrideMode: state.boot.mode,
    },
    LogServices: at(`${path.system}/LogServices`),
    Links: { Chassis: [at(path.chassis)], ManagedBy: [at(path.manager)] },
    Actions: {
      '#ComputerSystem.Reset': {
        target: `${path.system}/Actions/ComputerSystem.Reset`,
        ...(modern
          ? { '@Redfish.ActionInfo': `${path.system}/ResetActionInfo` }
          : { 'ResetType@Redfish.AllowableValues': resetTypes }),
      },
    },
    ...(modern ? {} : { IndicatorLED: state.light ? 'Blinking' : 'Off' }),
  })
  if (modern)
    resource(`${path.system}/ResetActionInfo`, 'ActionInfo.v1_0_1.ActionInfo', 'ResetActionInfo', 'Reset', {
      Parameters: [{ Name: 'ResetType', Required: true, DataType: 'String', AllowableValues: resetTypes }],
    })
  collection(`${path.system}/LogServices`, 'LogServiceCollection', 'Logs', [path.log])
  resource(path.log, 'LogService.v1_1_1.LogService', 'SEL', 'Event Log', {
    ...{ LogEntryType: 'SEL', OverWritePolicy: 'WrapsWhenFull', Entries: at(`${path.log}/Entries`) },
  })
  collection(
    `${path.log}/Entries`,
    'LogEntryCollection',
    'Entries',
    state.log.map(({ id }) => `${path.log}/Entries/${id}`),
  )
  for (const { id, created, severity, message, code } of state.log)
    resource(`${path.log}/Entries/${id}`, 'LogEntry.v1_0_0.LogEntry', id, `Entry ${id}`, {
      ...{ EntryType: 'SEL', Created: created, Severity: severity, Message: message, EntryCode: code },
      ...{ SensorType: 'Temperature', SensorNumber: 1 },
    })

  const sensors = [...state.sensors.values()]
  collection(`${ROOT}/Chassis`, 'ChassisCollection', 'Chassis', [path.chassis])
  resource(path.chassis, modern ? 'Chassis.v1_14_2.Chassis' : 'Chassis.v1_0_0.Chassis', '1U', 'Chassis', {
    ...{
      ChassisType: 'RackMount',
      Manufacturer: state.inventory.manufacturer,
      SerialNumber: `C${state.inventory.serial}`,
    },
    Status: { State: 'Enabled', Health: 'OK' },
    ...(modern
      ? { Sensors: at(`${path.chassis}/Sensors`), LocationIndicatorActive: state.light }
      : { Thermal: at(`${path.chassis}/Thermal`), Power: at(`${path.chassis}/Power`) }),
    Links: { ComputerSystems: [at(path.system)], ManagedBy: [at(path.manager)] },
  })
  if (modern) {
    const pathOf = ({ name }: RedfishSensor) => `${path.chassis}/Sensors/${slug(name)}`
    collection(`${path.chassis}/Sensors`, 'SensorCollection', 'Sensors', sensors.map(pathOf))
    for (const sensor of sensors)
      resource(pathOf(sensor), 'Sensor.v1_0_0.Sensor', slug(sensor.name), sensor.name, {
        ...{ ReadingType: sensor.type, ReadingUnits: sensor.unit, Reading: sensor.value, Status: statusOf(sensor) },
        Thresholds: limits(newNames, sensor, (value) => ({ Reading: value })),
      })
  } else {
    const classic = (type: RedfishSensor['type'], value: string, nameIs = 'Name') =>
      sensors
        .filter((each) => each.type === type)
        .map((each, index) => ({
          ...{ MemberId: `${index}`, [nameIs]: each.name, [value]: each.value, Status: statusOf(each) },
          ...(type === 'Rotational' ? {} : { SensorNumber: index + 1 }),
          ...limits(oldNames, each, (limit) => limit),
        }))
    resource(`${path.chassis}/Thermal`, 'Thermal.v1_0_0.Thermal', 'Thermal', 'Thermal', {
      Temperatures: classic('Temperature', 'ReadingCelsius'),
      Fans: classic('Rotational', 'Reading', 'FanName'),
    })
    resource(`${path.chassis}/Power`, 'Power.v1_0_0.Power', 'Power', 'Power', {
      Voltages: classic('Voltage', 'ReadingVolts'),
      PowerControl: [{ MemberId: '0', Name: 'System Power Control', PowerConsumedWatts: power === 'On' ? 120 : 8 }],
    })
  }

  collection(`${ROOT}/Managers`, 'ManagerCollection', 'Managers', [path.manager])
  resource(path.manager, 'Manager.v1_0_3.Manager', 'BMC', 'BMC', {
    ...{ ManagerType: 'BMC', FirmwareVersion: '2.22', UUID: dashed(state.guid, 'e') },
    Status: { State: 'Enabled', Health: 'OK' },
    EthernetInterfaces: at(`${path.manager}/EthernetInterfaces`),
    Links: { ManagerForServers: [at(path.system)], ManagerForChassis: [at(path.chassis)] },
    Actions: {
      '#Manager.Reset': {
        target: `${path.manager}/Actions/Manager.Reset`,
        'ResetType@Redfish.AllowableValues': ['GracefulRestart', 'ForceRestart'],
      },
    },
  })
  collection(`${path.manager}/EthernetInterfaces`, 'EthernetInterfaceCollection', 'Interfaces', [path.lan])
  const { dhcp, vlan, address, netmask, gateway } = state.lan
  const place = { Address: address, SubnetMask: netmask, Gateway: gateway }
  resource(path.lan, 'EthernetInterface.v1_4_0.EthernetInterface', 'eth0', 'Management', {
    ...{ InterfaceEnabled: true, MACAddress: '02:00:00:AB:CD:EF', Status: { State: 'Enabled', Health: 'OK' } },
    DHCPv4: { DHCPEnabled: dhcp },
    IPv4Addresses: [{ ...place, AddressOrigin: dhcp ? 'DHCP' : 'Static' }],
    IPv4StaticAddresses: dhcp ? [] : [place],
    VLAN: { VLANEnable: vlan !== undefined, VLANId: vlan ?? 1 },
  })

  resource(`${ROOT}/AccountService`, 'AccountService.v1_0_2.AccountService', 'AccountService', 'Accounts', {
    ...{ ServiceEnabled: true, Accounts: at(path.accounts), Roles: at(path.roles), MinPasswordLength: 8 },
  })
  const accounts = [...state.accounts.values()]
  collection(
    path.accounts,
    'ManagerAccountCollection',
    'Accounts',
    accounts.map(({ id }) => `${path.accounts}/${encodeURIComponent(id)}`),
  )
  for (const { id, name, role, enabled, types } of accounts)
    resource(
      `${path.accounts}/${encodeURIComponent(id)}`,
      modern ? 'ManagerAccount.v1_7_2.ManagerAccount' : 'ManagerAccount.v1_0_0.ManagerAccount',
      id,
      'Account',
      {
        ...{ UserName: name, Password: null, RoleId: role, Enabled: enabled, Locked: false },
        ...(modern ? { AccountTypes: types } : {}),
        ...(role === 'None' ? {} : { Links: { Role: at(`${path.roles}/${role}`) } }),
      },
    )
  collection(
    path.roles,
    'RoleCollection',
    'Roles',
    Object.keys(roles).map((name) => `${path.roles}/${name}`),
  )
  for (const [name, privileges] of Object.entries(roles))
    resource(`${path.roles}/${name}`, 'Role.v1_0_3.Role', name, name, {
      IsPredefined: true,
      AssignedPrivileges: privileges,
    })

  resource(`${ROOT}/SessionService`, 'SessionService.v1_0_2.SessionService', 'SessionService', 'Sessions', {
    ...{ ServiceEnabled: true, SessionTimeout: 600, Sessions: at(path.sessions) },
  })
  const sessions = [...state.sessions.values()]
  collection(
    path.sessions,
    'SessionCollection',
    'Sessions',
    sessions.map(({ id }) => `${path.sessions}/${id}`),
  )
  for (const { id, user } of sessions)
    resource(`${path.sessions}/${id}`, 'Session.v1_0_0.Session', id, 'Session', { UserName: user })

  if (modern) {
    resource(`${ROOT}/TaskService`, 'TaskService.v1_0_2.TaskService', 'TaskService', 'Tasks', {
      ...{ ServiceEnabled: true, Tasks: at(`${ROOT}/TaskService/Tasks`) },
    })
    const tasks = [...state.tasks.values()]
    collection(
      `${ROOT}/TaskService/Tasks`,
      'TaskCollection',
      'Tasks',
      tasks.map(({ id }) => `${ROOT}/TaskService/Tasks/${id}`),
    )
    for (const { id, started, done } of tasks)
      resource(`${ROOT}/TaskService/Tasks/${id}`, 'Task.v1_0_0.Task', id, `Task ${id}`, {
        TaskState: Date.now() < done ? 'Running' : 'Completed',
        ...(Date.now() < done ? {} : { TaskStatus: 'OK', EndTime: new Date(done).toISOString() }),
        StartTime: new Date(started).toISOString(),
        Messages: [],
      })
  }
  return found
}

export const resetTypes = ['On', 'ForceOff', 'GracefulShutdown', 'ForceRestart', 'PowerCycle', 'PushPowerButton']
export const bootTargets = ['None', 'Pxe', 'Cd', 'Hdd', 'BiosSetup', 'Diags']
export const roles: Readonly<Record<string, readonly string[]>> = {
  Administrator: ['Login', 'ConfigureManager', 'ConfigureUsers', 'ConfigureSelf', 'ConfigureComponents'],
  Operator: ['Login', 'ConfigureSelf', 'ConfigureComponents'],
  ReadOnly: ['Login', 'ConfigureSelf'],
}

/** The first digit may be another one, so that the machine, its BMC and the service have each their own. */
function dashed(guid: string, first = guid[0]!): string {
  const digits = `${first}${guid.slice(1)}`
  return [digits.slice(0, 8), digits.slice(8, 12), digits.slice(12, 16), digits.slice(16, 20), digits.slice(20)].join(
    '-',
  )
}

const statusOf = (sensor: RedfishSensor) =>
  sensor.value === null ? { State: 'Absent' } : { State: 'Enabled', Health: health(sensor) }

const oldNames = {
  lowerCritical: 'LowerThresholdCritical',
  lowerWarning: 'LowerThresholdNonCritical',
  upperWarning: 'UpperThresholdNonCritical',
  upperCritical: 'UpperThresholdCritical',
  upperFatal: 'UpperThresholdFatal',
}
const newNames = {
  lowerCritical: 'LowerCritical',
  lowerWarning: 'LowerCaution',
  upperWarning: 'UpperCaution',
  upperCritical: 'UpperCritical',
  upperFatal: 'UpperFatal',
}

const limits = (names: typeof oldNames, { limits }: RedfishSensor, make: (value: number) => unknown): Resource =>
  Object.fromEntries(Object.entries(limits).map(([name, value]) => [names[name as keyof typeof names], make(value)]))
