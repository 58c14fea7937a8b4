import { randomBytes } from 'node:crypto'
import type { Host } from '@lares/transport'
import type {
  BmcDriver,
  BmcUser,
  CallOptions,
  LanSpec,
  PowerAction,
  SensorOptions,
  SolSpec,
  UserId,
  UserSpec,
} from '../driver.ts'
import { BmcError, isBmcError } from '../error.ts'
import { given } from '../given.ts'
import type { Login } from '../login.ts'
import type { Sensor } from '../sensor.ts'
import { answerOf, complaintIn } from './answer.ts'
import { fanProfiles } from './fans.ts'
import { checkName, checkPassword } from './login.ts'
import { parseBootFlags, parseChassis } from './parse/chassis.ts'
import { parseFru } from './parse/fru.ts'
import { parseLan, parseSol } from './parse/lan.ts'
import { parseGuid, parseMcInfo } from './parse/mc.ts'
import { parseRecordCount, parseSdrList } from './parse/sdr.ts'
import { parseSdrVerbose } from './parse/sdr-verbose.ts'
import { isEmptySel, parseSel } from './parse/sel.ts'
import { parseChannel, parseUserAccess, parseUsers } from './parse/users.ts'
import { refusalIn } from './refusal.ts'
import { ipmitoolOn, type RunOptions } from './session.ts'
import { accessCommand, passwordCommand } from './user-commands.ts'

/** Hundreds of requests, of which a slow board answers a few in a second. */
const LONG_MS = 600_000

/** A BMC by `ipmitool -I lanplus`, run on a host. Nothing is asked before the first call. */
export function ipmitoolDriver(host: Host, login: Login): BmcDriver {
  const tool = ipmitoolOn(host, login)
  const { description } = tool
  let lanChannel: number | undefined

  const run = (args: readonly string[], options?: RunOptions) => tool.run(args, options)
  /** Reads with one command. */
  async function ask<T>(
    args: readonly string[],
    parse: (text: string) => T | undefined,
    options?: RunOptions,
  ): Promise<T> {
    const output = await run(args, options)
    return answerOf(parse(output.stdout), output, description, args.filter((arg) => !arg.startsWith('-')).join(' '))
  }
  /** Changes something with one command. */
  async function tell(args: readonly string[], options?: RunOptions): Promise<void> {
    const complaint = complaintIn(await run(args, options), description, args.join(' '))
    if (complaint) throw complaint
  }

  /** The one that we come in by. */
  async function channel(options?: CallOptions): Promise<number> {
    lanChannel ??= await ask(['channel', 'info'], parseChannel, options)
    return lanChannel
  }

  /**
   * Without a record in the repository ipmitool would clear it, and fill it again from what sensors it finds: so would a
   * read change what others rely on.
   */
  async function hasRecords(options?: CallOptions): Promise<boolean> {
    try {
      return (await ask(['sdr', 'info'], parseRecordCount, options)) > 0
    } catch (error) {
      // Without a repository it reads the records of the device itself, which nothing can clear.
      if (error instanceof BmcError && error.code === 'unsupported') return true
      throw error
    }
  }

  async function sensors({ thresholds = false, ...options }: SensorOptions = {}): Promise<Sensor[]> {
    if (!(await hasRecords(options))) return []
    const long = { ...options, timeout: LONG_MS }
    const parse = thresholds ? parseSdrVerbose : parseSdrList
    const args = thresholds ? ['-v', 'sdr', 'list', 'all'] : ['sdr', 'elist', 'all']
    const output = await run(args, long)
    const found = parse(output.stdout)
    return answerOf(found.length > 0 || output.said === '' ? found : undefined, output, description, 'sdr list')
  }

  async function setPassword(slot: UserId, password: string, options?: CallOptions): Promise<void> {
    const complaint = complaintIn(
      await run([], { ...options, commands: [passwordCommand('set', Number(slot), password)] }),
      description,
      'set a password',
    )
    if (complaint) throw complaint
  }

  async function testPassword(slot: UserId, password: string, options?: CallOptions): Promise<boolean> {
    const commands = [passwordCommand('test', Number(slot), password)]
    const asked = run([], { ...options, commands }).then(({ said }) => said)
    const said = await asked.catch((error: unknown) => {
      if (isBmcError(error, 'refused')) return error.detail
      throw error
    })
    // It is another one, or one of another size.
    if (/rsp=0x8[01]\b/.test(said)) return false
    const complaint = refusalIn(said, description, 'test a password')
    if (complaint) throw complaint
    return true
  }

  async function setUser(slot: UserId, spec: UserSpec, options?: CallOptions): Promise<void> {
    if (spec.name !== undefined) checkName(spec.name, description)
    if (spec.password !== undefined) checkPassword(spec.password, description)
    const { name, password, enabled, callIn, link, ipmi, privilege } = spec
    if (name !== undefined) await tell(['user', 'set', 'name', String(slot), name], options)
    if (password !== undefined) await setPassword(slot, password, options)
    if (enabled !== undefined) await tell(['user', enabled ? 'enable' : 'disable', String(slot)], options)
    // Comes last: it may do nothing before it has its password.
    if ([callIn, link, ipmi, privilege].some((each) => each !== undefined)) {
      const now = { ...(await user(slot, options)), ...given({ callIn, link, ipmi, privilege }) }
      const access = {
        ...{ callIn: now.callIn ?? false, link: now.link ?? false, ipmi: now.ipmi ?? false },
        privilege: now.privilege ?? 'none',
      }
      await tell(accessCommand(Number(slot), await channel(options), access), options)
    }
  }

  async function user(slot: UserId, options?: CallOptions): Promise<BmcUser> {
    return await ask(['channel', 'getaccess', String(await channel(options)), String(slot)], parseUserAccess, options)
  }

  return {
    name: 'ipmitool',
    description,
    login: { user: login.user },
    cipherSuite: tool.cipherSuite,
    open: tool.open,
    info: (options) => ask(['mc', 'info'], parseMcInfo, options),
    guid: async (options) => (await ask(['raw', '0x06', '0x37'], parseGuid, options)) ?? undefined,
    chassis: (options) => ask(['chassis', 'status'], parseChassis, options),
    async power(action: PowerAction, options) {
      const output = await run(['chassis', 'power', action], options)
      answerOf(/^Chassis Power Control: /m.test(output.said) || undefined, output, description, `power ${action}`)
    },
    setRestorePolicy: (policy, options) => tell(['chassis', 'policy', policy], options),
    async bootDevice(options) {
      return (await ask(['chassis', 'bootparam', 'get', '5'], parseBootFlags, options)) ?? undefined
    },
    setBootDevice({ device, persistent, efi }, options) {
      const flags = [...(persistent ? ['persistent'] : []), ...(efi ? ['efiboot'] : [])]
      const more = flags.length > 0 ? [`options=${flags.join(',')}`] : []
      return tell(['chassis', 'bootdev', device, ...more], options)
    },
    async users(options) {
      const args = ['-c', 'user', 'list', String(await channel(options))]
      return await ask(args, (text) => nonEmpty(parseUsers(text)), { ...options, timeout: LONG_MS })
    },
    user,
    setUser,
    testPassword,
    async clearUser(slot, options) {
      await setUser(slot, { enabled: false, ipmi: false, link: false, privilege: 'none' }, options)
      // Whoever gets the slot next is not let in by what is known already.
      await setPassword(slot, randomBytes(8).toString('hex'), options)
      await setUser(slot, { name: '' }, options)
    },
    async lan(options) {
      return await ask(['lan', 'print', String(await channel(options))], parseLan, options)
    },
    async setLan(spec, options) {
      const set = ['lan', 'set', String(await channel(options))]
      for (const args of lanCommands(spec)) await tell([...set, ...args], options)
    },
    async sol(options) {
      return await ask(['sol', 'info', String(await channel(options))], parseSol, options)
    },
    async setSol(spec, options) {
      const on = String(await channel(options))
      for (const args of solCommands(spec)) await tell(['sol', 'set', ...args, on], options)
    },
    sensors,
    async events(options) {
      const args = ['sel', (await hasRecords(options)) ? 'elist' : 'list']
      const output = await run(args, { ...options, timeout: LONG_MS })
      const found = parseSel(output.stdout)
      return answerOf(found.length > 0 || isEmptySel(output.said) ? found : undefined, output, description, 'sel list')
    },
    // Asked for all inventories, it would look for them in the sensor records.
    fru: (options) => ask(['fru', 'print', '0'], parseFru, options),
    identify: (seconds, options) => tell(['chassis', 'identify', String(seconds)], options),
    async resetBmc(kind, options) {
      const output = await run(['mc', 'reset', kind], options)
      answerOf(/^Sent (cold|warm) reset/m.test(output.said) || undefined, output, description, `mc reset ${kind}`)
    },
    async setFanProfile(profile, options) {
      const known = Object.hasOwn(fanProfiles, profile) ? fanProfiles[profile] : undefined
      const { vendorId } = await ask(['mc', 'info'], parseMcInfo, options)
      if (!known || vendorId === undefined || !known.vendorIds.includes(vendorId))
        throw new BmcError('unsupported', `${description}: it has no fan profile "${profile}"`, {
          advice: `There are: ${Object.keys(fanProfiles).join(', ')}; each is for boards of that vendor.`,
        })
      await tell(['raw', ...known.bytes.map((byte) => `0x${byte.toString(16)}`)], options)
    },
    close: async () => {},
  }
}

const nonEmpty = <T>(list: T[]): T[] | undefined => (list.length > 0 ? list : undefined)

const lanCommands = ({ source, address, netmask, gateway, vlan }: LanSpec): string[][] => [
  ...(source === undefined ? [] : [['ipsrc', source]]),
  ...(address === undefined ? [] : [['ipaddr', address]]),
  ...(netmask === undefined ? [] : [['netmask', netmask]]),
  ...(gateway === undefined ? [] : [['defgw', 'ipaddr', gateway]]),
  ...(vlan === undefined ? [] : [['vlan', 'id', String(vlan)]]),
]

const solPrivileges: Readonly<Record<string, string>> = {
  user: 'user',
  operator: 'operator',
  administrator: 'admin',
  oem: 'oem',
}

const solCommands = ({ enabled, privilege, bitRate }: SolSpec): string[][] => [
  ...(enabled === undefined ? [] : [['enabled', String(enabled)]]),
  ...(privilege === undefined ? [] : [['privilege-level', solPrivileges[privilege] ?? privilege]]),
  ...(bitRate === undefined
    ? []
    : ['volatile-bit-rate', 'non-volatile-bit-rate'].map((name) => [name, (bitRate / 1000).toString()])),
]
