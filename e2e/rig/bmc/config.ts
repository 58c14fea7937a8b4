import { controllerRecord, type Limits, limitOrder, type SensorSpec, sensorRecord } from './records.ts'

export interface BmcUserSpec {
  readonly slot: number
  readonly name: string
  readonly password: string
  readonly privilege: 'user' | 'operator' | 'admin'
  /** How many sessions it may have at once. */
  readonly sessions?: number
}

export interface LanSpec {
  readonly address: string
  readonly port: number
  /** 32 hexadecimal digits. */
  readonly guid: string
  readonly chassis: string
  readonly users: readonly BmcUserSpec[]
}

const methods = 'none md2 md5 straight'

/** ipmi_lan(5): where the BMC listens, who may log in, and what has the machine switched. */
export const lanConfig = ({ address, port, guid, chassis, users }: LanSpec) => `name "rig"
set_working_mc 0x20
  startlan 1
    addr ${address} ${port}
    priv_limit admin
    allowed_auths_callback ${methods}
    allowed_auths_user ${methods}
    allowed_auths_operator ${methods}
    allowed_auths_admin ${methods}
    guid ${guid}
  endlan
  chassis_control "${chassis}"
  user 1 false "" "" user 10 ${methods}
${users
  .map(
    ({ slot, name, password, privilege, sessions = 10 }) =>
      `  user ${slot} true "${name}" "${password}" ${privilege} ${sessions} ${methods}\n`,
  )
  .join('')}`

const hex = (byte: number) => `0x${byte.toString(16).padStart(2, '0')}`
const words = (bytes: readonly number[]) => bytes.map(hex).join(' ')
const ALL_STATES = '000111111111111'

export interface EmulatorSpec {
  readonly vendorId: number
  readonly productId: number
  /** Where each sensor's raw value is read from. */
  readonly sensors: readonly (SensorSpec & { readonly file: string })[]
  readonly inventory: string
}

/** ipmi_sim_cmd(5): a BMC with sensors, event log and inventory. What is wrong in here ends ipmi_sim without a word. */
export function emulatorConfig({ vendorId, productId, sensors, inventory }: EmulatorSpec): string {
  const add = (record: readonly number[]) => `main_sdr_add 0x20 ${words(record)}`
  return [
    'mc_setbmc 0x20',
    `mc_add 0x20 0x20 no-device-sdrs 0x01 2 34 0xbf 0x${vendorId.toString(16).padStart(6, '0')} 0x${productId.toString(16).padStart(4, '0')}`,
    'sel_enable 0x20 1000 0x0a',
    ...sensors.flatMap((sensor) => {
      const limits: Limits = sensor.limits
      const set = limitOrder.map((name) => (limits[name] === undefined ? 0 : 1)).join('')
      const values = words(limitOrder.map((name) => limits[name] ?? 0))
      return [
        `sensor_add 0x20 0 ${sensor.number} ${hex(sensor.type)} 0x01 poll 200 file "${sensor.file}"`,
        `sensor_set_value 0x20 0 ${sensor.number} ${sensor.value} 0`,
        `sensor_set_threshold 0x20 0 ${sensor.number} settable ${set} ${values}`,
        `sensor_set_event_support 0x20 0 ${sensor.number} enable scanning per-state ${Array(4).fill(ALL_STATES).join(' ')}`,
        add(sensorRecord(sensor)),
      ]
    }),
    ...(sensors.length > 0 ? [add(controllerRecord('rig-bmc'))] : []),
    `mc_add_fru_data 0x20 0 256 file 0 "${inventory}"`,
    'mc_enable 0x20',
    '',
  ].join('\n')
}
