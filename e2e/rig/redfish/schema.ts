import { Ajv, type ValidateFunction } from 'ajv'
import formats from 'ajv-formats'
import type { Resource } from './resources.ts'

/**
 * What the DMTF's published JSON schemas (DSP8010) say of the resources that the simulator has: for each version that it names,
 * every property with its type, its values and limits, and what is required; nothing else may be there. Descriptions are left out.
 */
type Schema = Readonly<Record<string, unknown>>
type Properties = Readonly<Record<string, Schema>>

const types = (...type: string[]): Schema => ({ type })
const string = types('string')
const text = types('string', 'null')
const number = types('number', 'null')
const count = { type: ['integer', 'null'], minimum: 0 }
const boolean = types('boolean')
const flag = types('boolean', 'null')
const watts = { ...number, minimum: 0 }
const time = { type: ['string', 'null'], format: 'date-time' }
const given = { type: 'string', format: 'date-time' }
const oneOf = (...values: string[]): Schema => ({ type: 'string', enum: values })
const orNull = (schema: Schema): Schema => ({ anyOf: [schema, { type: 'null' }] })
const list = (items: Schema): Schema => ({ type: 'array', items })
const uri = { type: 'string', format: 'uri-reference' }
const link = { type: 'object', properties: { '@odata.id': uri }, additionalProperties: false }
const links = list(link)
const open = { type: 'object' }

/** Annotations may stand anywhere. */
const annotations = { '^([a-zA-Z_][a-zA-Z0-9_]*)?@(odata|Redfish|Message)\\.[a-zA-Z_][a-zA-Z0-9_]*$': {} }
const object = (properties: Properties, required: readonly string[] = []): Schema => ({
  ...{ type: 'object', properties, patternProperties: annotations, additionalProperties: false, required },
})
const resource = (properties: Properties, required: readonly string[] = []): Schema =>
  object(
    {
      ...{ '@odata.context': uri, '@odata.id': uri, '@odata.type': string, '@odata.etag': string },
      ...{ Id: string, Name: string, Description: text, Oem: open, ...properties },
    },
    ['@odata.id', '@odata.type', 'Id', 'Name', ...required],
  )
const action = object({ target: uri, title: string })
const actions = (...names: string[]): Schema =>
  object({ ...Object.fromEntries(names.map((name) => [`#${name}`, action])), Oem: open })

const Health = oneOf('OK', 'Warning', 'Critical')
const State = oneOf(
  ...['Enabled', 'Disabled', 'StandbyOffline', 'StandbySpare', 'InTest', 'Starting', 'Absent', 'UnavailableOffline'],
  ...['Deferring', 'Quiesced', 'Updating', 'Qualified'],
)
const Status = object({ State: orNull(State), Health: orNull(Health), HealthRollup: orNull(Health), Oem: open })
const UUID = {
  ...{ type: 'string', pattern: '([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12})' },
}
const IndicatorLED = orNull(oneOf('Unknown', 'Lit', 'Blinking', 'Off'))
const PowerState = orNull(oneOf('On', 'Off', 'PoweringOn', 'PoweringOff'))
const version = { type: 'string', pattern: '^\\d+\\.\\d+\\.\\d+$' }
const rootLinks = object({ Oem: open, Sessions: link }, ['Sessions'])
const services = {
  ...{ Systems: link, Chassis: link, Managers: link, Tasks: link, SessionService: link, AccountService: link },
  ...{ EventService: link, Registries: link, JsonSchemas: link, RedfishVersion: version, UUID: orNull(UUID) },
}

const BootSource = oneOf(
  ...['None', 'Pxe', 'Floppy', 'Cd', 'Usb', 'Hdd', 'BiosSetup', 'Utilities', 'Diags', 'UefiShell', 'UefiTarget'],
  ...['SDCard', 'UefiHttp', 'RemoteDrive', 'UefiBootNext', 'Recovery'],
)
const Boot = object({
  ...{ AliasBootOrder: list(orNull(BootSource)), BootNext: text, BootOptions: link, BootOrder: list(text) },
  ...{ BootOrderPropertySelection: orNull(oneOf('BootOrder', 'AliasBootOrder')), UefiTargetBootSourceOverride: text },
  BootSourceOverrideEnabled: orNull(oneOf('Disabled', 'Once', 'Continuous')),
  BootSourceOverrideMode: orNull(oneOf('Legacy', 'UEFI')),
  BootSourceOverrideTarget: orNull(BootSource),
})

const chassisTypes = [
  ...['Rack', 'Blade', 'Enclosure', 'StandAlone', 'RackMount', 'Card', 'Cartridge', 'Row', 'Pod', 'Expansion'],
  ...['Sidecar', 'Zone', 'Sled', 'Shelf', 'Drawer', 'Module', 'Component', 'Other'],
]
const chassisIdentity = {
  ...{ Manufacturer: text, Model: text, SKU: text, SerialNumber: text, PartNumber: text, AssetTag: text },
  ...{ IndicatorLED, Status, LogServices: link, Thermal: link, Power: link, Actions: actions('Chassis.Reset') },
}
const chassisLinks = {
  ...{ Oem: open, ComputerSystems: links, ManagedBy: links, ContainedBy: link, Contains: links },
  ...{ PoweredBy: links, CooledBy: links },
}

const limits = {
  ...{ UpperThresholdNonCritical: number, UpperThresholdCritical: number, UpperThresholdFatal: number },
  ...{ LowerThresholdNonCritical: number, LowerThresholdCritical: number, LowerThresholdFatal: number },
}
const member = { Oem: open, MemberId: string, Status, RelatedItem: links }
const range = { MinReadingRange: number, MaxReadingRange: number }

const Threshold = orNull(
  object({
    ...{ Reading: number, DwellTime: text },
    Activation: orNull(oneOf('Increasing', 'Decreasing', 'Either')),
  }),
)

const IPv4Address = object({
  ...{ Oem: open, Gateway: text, AddressOrigin: orNull(oneOf('Static', 'DHCP', 'BOOTP', 'IPv4LinkLocal')) },
  Address: { ...text, pattern: '^(?:[0-9]{1,3}\\.){3}[0-9]{1,3}$' },
  SubnetMask: { ...text, pattern: '^(?:[0-9]{1,3}\\.){3}[0-9]{1,3}$' },
})

const console = (...connects: string[]): Schema =>
  object({
    ...{ ServiceEnabled: boolean, MaxConcurrentSessions: { type: 'number', minimum: 0 } },
    ConnectTypesSupported: list(oneOf(...connects)),
  })

const account = { Password: text, UserName: string, RoleId: string, Locked: boolean, Enabled: boolean }
const accountLinks = object({ Oem: open, Role: link })
const service = { ServiceEnabled: flag, Status }
const least = { type: 'number', minimum: 0 }

/** The values of table 42-1 to 42-3 of IPMI 2.0, as LogEntry has them. */
const entryCodes = [
  ...['Assert', 'Deassert'],
  ...['Lower', 'Upper'].flatMap((end) =>
    ['Non-critical', 'Critical', 'Non-recoverable'].flatMap((limit) =>
      ['low', 'high'].map((way) => `${end} ${limit} - going ${way}`),
    ),
  ),
]
const sensorTypes = [
  ...['Platform Security Violation Attempt', 'Temperature', 'Voltage', 'Current', 'Fan', 'Physical Chassis Security'],
  ...['Processor', 'Power Supply / Converter', 'PowerUnit', 'CoolingDevice', 'Other Units-based Sensor', 'Memory'],
]

const byType: Properties = {
  'ServiceRoot.v1_0_3.ServiceRoot': resource({ ...services, Links: rootLinks }, ['Links']),
  'ServiceRoot.v1_5_0.ServiceRoot': resource(
    {
      ...services,
      ...{ Links: rootLinks, Product: text, Vendor: text, CertificateService: link, CompositionService: link },
      ...{ Fabrics: link, JobService: link, ResourceBlocks: link, StorageServices: link, StorageSystems: link },
      ...{ TelemetryService: link, UpdateService: link },
      ProtocolFeaturesSupported: object({
        ...{ ExcerptQuery: boolean, FilterQuery: boolean, OnlyMemberQuery: boolean, SelectQuery: boolean },
        ExpandQuery: object({
          ...{ ExpandAll: boolean, Levels: boolean, Links: boolean, NoLinks: boolean },
          MaxLevels: { type: 'integer', minimum: 1, maximum: 6 },
        }),
      }),
    },
    ['Links'],
  ),
  'ComputerSystem.v1_6_0.ComputerSystem': resource({
    ...{ AssetTag: text, Bios: link, BiosVersion: text, Boot, EthernetInterfaces: link, HostName: text },
    ...{ HostWatchdogTimer: open, HostedServices: open, IndicatorLED, LogServices: link, Manufacturer: text },
    HostingRoles: list(oneOf('ApplicationServer', 'StorageServer', 'Switch')),
    ...{ Memory: link, MemoryDomains: orNull(link), MemorySummary: open, Model: text, NetworkInterfaces: link },
    ...{ PCIeDevices: links, PCIeFunctions: links, PartNumber: text, PowerState, ProcessorSummary: open },
    PowerRestorePolicy: oneOf('AlwaysOn', 'AlwaysOff', 'LastState'),
    ...{ Processors: link, Redundancy: list(open), SKU: text, SecureBoot: link, SerialNumber: text },
    ...{ SimpleStorage: link, Status, Storage: link, SubModel: text, TrustedModules: list(open), UUID: orNull(UUID) },
    SystemType: oneOf('Physical', 'Virtual', 'OS', 'PhysicallyPartitioned', 'VirtuallyPartitioned', 'Composed'),
    Links: object({
      ...{ Chassis: links, ConsumingComputerSystems: links, CooledBy: links, Endpoints: links, ManagedBy: links },
      ...{ Oem: open, PoweredBy: links, ResourceBlocks: links, SupplyingComputerSystems: links },
    }),
    Actions: actions(
      ...['AddResourceBlock', 'RemoveResourceBlock', 'Reset', 'SetDefaultBootOrder'].map(
        (name) => `ComputerSystem.${name}`,
      ),
    ),
  }),
  'Chassis.v1_0_0.Chassis': resource(
    { ...chassisIdentity, ChassisType: oneOf(...chassisTypes), Links: object(chassisLinks) },
    ['ChassisType'],
  ),
  'Chassis.v1_14_2.Chassis': resource(
    {
      ...{ ...chassisIdentity, Assembly: link, DepthMm: watts, HeightMm: watts, WidthMm: watts, WeightKg: watts },
      ...{ Drives: link, EnvironmentalClass: orNull(oneOf('A1', 'A2', 'A3', 'A4')), Location: open },
      ...{ LocationIndicatorActive: flag, MaxPowerWatts: number, MinPowerWatts: number, MediaControllers: link },
      ...{ Memory: link, MemoryDomains: link, NetworkAdapters: link, PCIeDevices: link, PCIeSlots: link },
      ...{ PhysicalSecurity: open, PowerState, Sensors: link, UUID: orNull(UUID) },
      ChassisType: oneOf(...chassisTypes, 'IPBasedDrive', 'RackGroup', 'StorageEnclosure'),
      Links: object(chassisLinks),
    },
    ['ChassisType'],
  ),
  'Thermal.v1_0_0.Thermal': resource({
    ...{ Status, Redundancy: list(open) },
    Temperatures: list(
      object({
        ...{ ...member, ...limits, Name: text, SensorNumber: number, ReadingCelsius: number, PhysicalContext: string },
        ...{ MinReadingRangeTemp: number, MaxReadingRangeTemp: number },
      }),
    ),
    Fans: list(
      object({
        ...{ ...member, ...limits, ...range, FanName: text, PhysicalContext: string, Reading: number },
        Redundancy: list(open),
      }),
    ),
  }),
  'Power.v1_0_0.Power': resource({
    ...{ PowerSupplies: list(open), Redundancy: list(open) },
    Voltages: list(
      object({
        ...{ ...member, ...limits, ...range, Name: text, SensorNumber: number, ReadingVolts: number },
        PhysicalContext: string,
      }),
    ),
    PowerControl: list(
      object({
        ...{ ...member, Name: text, PowerConsumedWatts: watts, PowerRequestedWatts: watts, PowerAvailableWatts: watts },
        ...{ PowerCapacityWatts: watts, PowerAllocatedWatts: watts, PowerMetrics: open, PowerLimit: open },
      }),
    ),
  }),
  'Sensor.v1_0_0.Sensor': resource({
    ...{ Accuracy: number, Actions: actions('Sensor.ResetStatistics'), AdjustedMaxAllowableOperatingValue: number },
    ...{ AdjustedMinAllowableOperatingValue: number, ApparentVA: number, ElectricalContext: text, LoadPercent: number },
    ...{ Location: open, MaxAllowableOperatingValue: number, MinAllowableOperatingValue: number, PeakReading: number },
    ...{ PeakReadingTime: time, PhysicalContext: text, PhysicalSubContext: text, Precision: number },
    PowerFactor: { ...number, minimum: 0, maximum: 1 },
    ...{ ReactiveVAR: number, Reading: number, ReadingRangeMax: number, ReadingRangeMin: number, ReadingUnits: text },
    ReadingType: orNull(
      oneOf(
        ...['Temperature', 'Humidity', 'Power', 'EnergykWh', 'EnergyJoules', 'Voltage', 'Current', 'Frequency'],
        ...['Pressure', 'LiquidLevel', 'Rotational', 'AirFlow', 'LiquidFlow', 'Barometric', 'Altitude'],
      ),
    ),
    ...{ SensingFrequency: number, SensorResetTime: time, Status, VoltageType: orNull(oneOf('AC', 'DC')) },
    Thresholds: orNull(
      object({
        ...{ LowerCaution: Threshold, LowerCritical: Threshold, LowerFatal: Threshold },
        ...{ UpperCaution: Threshold, UpperCritical: Threshold, UpperFatal: Threshold },
      }),
    ),
  }),
  'Manager.v1_0_3.Manager': resource({
    ManagerType: oneOf('ManagementController', 'EnclosureManager', 'BMC', 'RackManager', 'AuxiliaryController'),
    ...{ ServiceEntryPointUUID: UUID, UUID: orNull(UUID), Model: text, DateTime: time, FirmwareVersion: text, Status },
    DateTimeLocalOffset: { ...text, pattern: '([-+][0-1][0-9]:[0-5][0-9])' },
    SerialConsole: console('SSH', 'Telnet', 'IPMI', 'Oem'),
    CommandShell: console('SSH', 'Telnet', 'IPMI', 'Oem'),
    GraphicalConsole: console('KVMIP', 'Oem'),
    ...{ EthernetInterfaces: link, SerialInterfaces: link, NetworkProtocol: link, LogServices: link },
    ...{ VirtualMedia: link, Redundancy: list(open) },
    Links: object({ Oem: open, ManagerForServers: links, ManagerForChassis: links }),
    Actions: actions('Manager.ForceFailover', 'Manager.ModifyRedundancySet', 'Manager.Reset'),
  }),
  'EthernetInterface.v1_4_0.EthernetInterface': resource({
    ...{ Actions: actions(), AutoNeg: flag, FQDN: text, FullDuplex: flag, HostName: text, InterfaceEnabled: flag },
    DHCPv4: orNull(
      object({
        ...{ DHCPEnabled: flag, UseDNSServers: flag, UseDomainName: flag, UseGateway: flag, UseNTPServers: flag },
        UseStaticRoutes: flag,
      }),
    ),
    ...{ DHCPv6: open, IPv4Addresses: list(IPv4Address), IPv4StaticAddresses: list(IPv4Address) },
    ...{ IPv6AddressPolicyTable: list(open), IPv6Addresses: list(open), IPv6DefaultGateway: text },
    ...{ IPv6StaticAddresses: list(open), IPv6StaticDefaultGateways: list(open), MTUSize: number },
    ...{ LinkStatus: orNull(oneOf('LinkUp', 'NoLink', 'LinkDown')), Links: open, MACAddress: text },
    ...{ MaxIPv6StaticAddresses: number, NameServers: list(string), PermanentMACAddress: text, SpeedMbps: number },
    ...{ StatelessAddressAutoConfig: open, StaticNameServers: list(string), Status: orNull(Status) },
    ...{ UefiDevicePath: text, VLANs: link },
    VLAN: orNull(object({ VLANEnable: flag, VLANId: { ...number, minimum: 0, maximum: 4094 } })),
  }),
  'AccountService.v1_0_2.AccountService': resource({
    ...{ ...service, AuthFailureLoggingThreshold: least, MinPasswordLength: least, MaxPasswordLength: least },
    ...{ AccountLockoutThreshold: watts, AccountLockoutDuration: watts, AccountLockoutCounterResetAfter: least },
    ...{ Accounts: link, Roles: link },
  }),
  'ManagerAccount.v1_0_0.ManagerAccount': resource({ ...account, Links: accountLinks }),
  'ManagerAccount.v1_7_2.ManagerAccount': resource(
    {
      ...{ ...account, Links: accountLinks, Actions: actions(), Certificates: link, OEMAccountTypes: list(text) },
      AccountTypes: list(
        orNull(
          oneOf(
            ...['Redfish', 'SNMP', 'OEM', 'HostConsole', 'ManagerConsole', 'IPMI', 'KVMIP', 'VirtualMedia', 'WebUI'],
          ),
        ),
      ),
      ...{ PasswordChangeRequired: flag, PasswordExpiration: time, SNMP: orNull(open), StrictAccountTypes: flag },
    },
    ['AccountTypes'],
  ),
  'Role.v1_0_3.Role': resource({
    ...{ IsPredefined: boolean, OemPrivileges: list(string) },
    AssignedPrivileges: list(
      oneOf('Login', 'ConfigureManager', 'ConfigureUsers', 'ConfigureSelf', 'ConfigureComponents'),
    ),
  }),
  'SessionService.v1_0_2.SessionService': resource({
    ...{ ...service, SessionTimeout: { type: 'number', minimum: 30, maximum: 86_400 }, Sessions: link },
  }),
  'Session.v1_0_0.Session': resource({ UserName: text, Password: text }),
  'LogService.v1_1_1.LogService': resource({
    ...{ ...service, Actions: actions('LogService.ClearLog'), DateTime: time, Entries: link },
    DateTimeLocalOffset: { ...text, pattern: '([-+][0-1][0-9]:[0-5][0-9])' },
    LogEntryType: orNull(oneOf('Event', 'SEL', 'Multiple', 'OEM')),
    MaxNumberOfRecords: count,
    OverWritePolicy: oneOf('Unknown', 'WrapsWhenFull', 'NeverOverWrites'),
  }),
  'LogEntry.v1_0_0.LogEntry': resource(
    {
      ...{ Severity: orNull(Health), Created: given, EntryType: oneOf('Event', 'SEL', 'Oem'), OemRecordFormat: text },
      ...{ EntryCode: orNull(oneOf(...entryCodes)), SensorType: orNull(oneOf(...sensorTypes)), SensorNumber: number },
      ...{ Message: text, MessageId: string, MessageArgs: list(string) },
      Links: object({ Oem: open, OriginOfCondition: link }),
    },
    ['EntryType'],
  ),
  'ActionInfo.v1_0_1.ActionInfo': resource({
    Parameters: list(
      object(
        {
          ...{ Name: string, Required: boolean, ObjectDataType: text, AllowableValues: list(text) },
          DataType: orNull(oneOf('Boolean', 'Number', 'NumberArray', 'String', 'StringArray', 'Object', 'ObjectArray')),
        },
        ['Name'],
      ),
    ),
  }),
  'TaskService.v1_0_2.TaskService': resource({
    ...{ ...service, CompletedTaskOverWritePolicy: oneOf('Manual', 'Oldest'), DateTime: time, Tasks: link },
    LifeCycleEventOnTaskStateChange: boolean,
  }),
  'Task.v1_0_0.Task': resource({
    TaskState: oneOf(
      ...['New', 'Starting', 'Running', 'Suspended', 'Interrupted', 'Pending', 'Stopping', 'Completed', 'Killed'],
      ...['Exception', 'Service'],
    ),
    ...{ StartTime: given, EndTime: given, TaskStatus: Health, Messages: list(open) },
  }),
}

const collection = object(
  {
    ...{ '@odata.context': uri, '@odata.id': uri, '@odata.type': string, '@odata.etag': string, Name: string },
    ...{ Description: text, Oem: open, Members: list(open), 'Members@odata.count': { type: 'integer' } },
    'Members@odata.nextLink': uri,
  },
  ['@odata.id', '@odata.type', 'Members', 'Members@odata.count', 'Name'],
)

const message = object(
  {
    ...{ MessageId: string, Message: text, RelatedProperties: list(string), MessageArgs: list(string) },
    ...{ Severity: text, Resolution: text, Oem: open },
  },
  ['MessageId'],
)
const refusal = object(
  { error: object({ code: string, message: string, '@Message.ExtendedInfo': list(message) }, ['code', 'message']) },
  ['error'],
)

const ajv = formats.default(new Ajv({ allErrors: true, allowUnionTypes: true }))
const compiled = new Map<string, ValidateFunction>()

function validatorOf(type: string): ValidateFunction | undefined {
  const known = compiled.get(type)
  if (known) return known
  const schema =
    type === 'error' ? refusal : /^(\w+Collection)\.\1$/.test(type) ? collection : (byType[type] as Schema | undefined)
  const validate = schema && ajv.compile(schema)
  if (validate) compiled.set(type, validate)
  return validate
}

/** What is wrong with an answer by the DMTF's schema; empty where nothing is. */
export function complaintsOf(body: Resource): string[] {
  if (body.v1 !== undefined) return []
  const type = body.error === undefined ? String(body['@odata.type'] ?? '').replace(/^#/, '') : 'error'
  const validate = validatorOf(type)
  if (!validate) return [`the type ${JSON.stringify(type)} is not known`]
  const own = validate(body)
    ? []
    : (validate.errors ?? []).map(
        ({ instancePath, message = '', params }) => `${type}${instancePath} ${message} ${JSON.stringify(params)}`,
      )
  const members = Array.isArray(body.Members) ? (body.Members as Resource[]) : []
  return [...own, ...members.flatMap((each) => (each['@odata.type'] === undefined ? [] : complaintsOf(each)))]
}
