import type { BmcEvent } from './event.ts'
import type { Fru } from './fru.ts'
import type { Sensor } from './sensor.ts'

export interface CallOptions {
  readonly signal?: AbortSignal | undefined
}

export type PowerState = 'on' | 'off'
/** `soft` asks the operating system to shut down; `off`, `cycle` and `reset` ask nobody. */
export type PowerAction = 'on' | 'off' | 'soft' | 'cycle' | 'reset'
/** What a machine does when it has mains again. */
export type RestorePolicy = 'always-on' | 'always-off' | 'previous'

export interface BmcInfo {
  readonly vendor?: string
  /** Number of the vendor, as IANA gives them: 674 is Dell. */
  readonly vendorId?: number
  readonly firmware?: string
  /** `2.0` */
  readonly ipmiVersion?: string
  /** `1.11.0`, of the protocol */
  readonly redfishVersion?: string
  /** What it says it is for: `sensor`, `sdr-repository`, `sel`, `fru`, `chassis`, ... */
  readonly capabilities: readonly string[]
}

export interface ChassisStatus {
  readonly power: PowerState
  readonly restorePolicy?: RestorePolicy
  /** What is wrong, in its words: `Main Power Fault`. */
  readonly faults: readonly string[]
}

export const bootDevices = ['none', 'pxe', 'disk', 'safe', 'diag', 'cdrom', 'bios', 'floppy'] as const
/** `none`: as the firmware's own order says. */
export type BootDevice = (typeof bootDevices)[number]

export interface BootSetting {
  /** Absent where it is one that has no name here. */
  readonly device?: BootDevice
  /** Each boot, not only the next. */
  readonly persistent: boolean
  readonly efi: boolean
}

export const privileges = ['callback', 'user', 'operator', 'administrator', 'oem', 'none'] as const
export type Privilege = (typeof privileges)[number]

export interface ChannelAccess {
  /** It may use IPMI over this channel. */
  readonly ipmi: boolean
  readonly link: boolean
  readonly callIn: boolean
}

/** What a BMC knows a user by: the number of its slot over IPMI, the Id of its account over Redfish. */
export type UserId = number | string

/** A user, or a fixed place for one. What a BMC has no such thing as, or no word for, is absent. */
export interface BmcUser extends Partial<ChannelAccess> {
  readonly id: UserId
  /** Its place, from 1, where they are fixed. */
  readonly slot?: number
  /** Empty where nobody has the place. */
  readonly name: string
  /** Absent where the BMC has no word for it, as for a slot that nobody has. */
  readonly privilege?: Privilege
  /** Absent where it does not say. */
  readonly enabled?: boolean
}

/** What a user is to be; what is left out stays. */
export interface UserSpec extends Partial<ChannelAccess> {
  readonly name?: string | undefined
  /** Over IPMI at most 20 bytes. */
  readonly password?: string | undefined
  readonly privilege?: Privilege | undefined
  readonly enabled?: boolean | undefined
}

export interface Lan {
  readonly source?: 'static' | 'dhcp' | 'bios' | 'other'
  readonly address?: string
  readonly netmask?: string
  readonly gateway?: string
  readonly mac?: string
  /** Absent while it is off. */
  readonly vlan?: number
  /** Cipher suites that it offers. */
  readonly ciphers: readonly number[]
}

/** What is left out stays. */
export interface LanSpec {
  readonly source?: 'static' | 'dhcp' | undefined
  readonly address?: string | undefined
  readonly netmask?: string | undefined
  readonly gateway?: string | undefined
  /** `off` takes it away. */
  readonly vlan?: number | 'off' | undefined
}

export interface Sol {
  readonly enabled?: boolean
  readonly privilege?: Privilege
  /** Bits per second, while a session is open. */
  readonly bitRate?: number
}

export interface SolSpec {
  readonly enabled?: boolean | undefined
  readonly privilege?: Privilege | undefined
  readonly bitRate?: number | undefined
}

export interface SensorOptions extends CallOptions {
  /** Limits too, which costs several requests for each sensor. */
  readonly thresholds?: boolean
}

/**
 * One way to talk to a BMC. Every method rejects with a BmcError; what the BMC or the driver cannot do is `unsupported`.
 * Reads change nothing. Calls for one BMC take turns.
 */
export interface BmcDriver {
  /** `ipmitool` or `redfish`. */
  readonly name: string
  /** `bmc 10.0.0.5`, and the host that it is reached from; for messages. */
  readonly description: string
  /** Opens a session, so that what is wrong with address, login or cipher comes out. */
  open(options?: CallOptions): Promise<void>
  readonly login: { readonly user: string }
  /** What the sessions are secured by; undefined before the first, and where that is no question. */
  cipherSuite(): number | undefined
  info(options?: CallOptions): Promise<BmcInfo>
  /** 32 hexadecimal digits that tell this machine from all others; undefined where it was given none. */
  guid(options?: CallOptions): Promise<string | undefined>
  chassis(options?: CallOptions): Promise<ChassisStatus>
  /** Resolves when the BMC took the command, which is before the machine got there. */
  power(action: PowerAction, options?: CallOptions): Promise<void>
  setRestorePolicy(policy: RestorePolicy, options?: CallOptions): Promise<void>
  bootDevice(options?: CallOptions): Promise<BootSetting | undefined>
  setBootDevice(setting: BootSetting & { readonly device: BootDevice }, options?: CallOptions): Promise<void>
  users(options?: CallOptions): Promise<BmcUser[]>
  user(id: UserId, options?: CallOptions): Promise<BmcUser>
  setUser(id: UserId, spec: UserSpec, options?: CallOptions): Promise<void>
  /** A user beside those there are; absent where all places are fixed, and one that is free is set. */
  createUser?(spec: UserSpec & Required<Pick<UserSpec, 'name' | 'password'>>, options?: CallOptions): Promise<void>
  /** Whether this is the password of a user, as the BMC says; nobody logs in, so nobody is locked out. */
  testPassword(id: UserId, password: string, options?: CallOptions): Promise<boolean>
  /** Takes a user away, or empties its place: nobody can log in by it. */
  clearUser(id: UserId, options?: CallOptions): Promise<void>
  lan(options?: CallOptions): Promise<Lan>
  setLan(spec: LanSpec, options?: CallOptions): Promise<void>
  sol(options?: CallOptions): Promise<Sol>
  setSol(spec: SolSpec, options?: CallOptions): Promise<void>
  sensors(options?: SensorOptions): Promise<Sensor[]>
  /** The oldest first. */
  events(options?: CallOptions): Promise<BmcEvent[]>
  fru(options?: CallOptions): Promise<Fru>
  /** Blinks for so many seconds; 0 ends it. */
  identify(seconds: number, options?: CallOptions): Promise<void>
  /** Restarts the BMC; the machine runs on. Resolves when it took the command. */
  resetBmc(kind: 'cold' | 'warm', options?: CallOptions): Promise<void>
  /** Sets the fans by a profile of the vendor: `unsupported` for one that is none of this BMC's. */
  setFanProfile(profile: string, options?: CallOptions): Promise<void>
  /** Ends its session. Never rejects. */
  close(): Promise<void>
}
