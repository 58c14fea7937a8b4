import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Host } from '@lares/transport'
import type {
  BmcDriver,
  BmcUser,
  CallOptions,
  ChassisStatus,
  PowerAction,
  PowerState,
  RestorePolicy,
  SensorOptions,
  UserId,
} from '../driver.ts'
import { BmcError, isBmcError } from '../error.ts'
import { given } from '../given.ts'
import type { Login } from '../login.ts'
import type { Sensor } from '../sensor.ts'
import { accountChange, userOf } from './accounts.ts'
import { reset } from './actions.ts'
import { bootChange, bootSettingOf } from './boot.ts'
import { fruOf, guidOf, infoOf } from './inventory.ts'
import { eventsOf, hardwareLog } from './log.ts'
import { interfaceOf, lanChange, lanOf } from './network.ts'
import { powerSensors, sensorsOf, thermalSensors } from './readings.ts'
import { healthOf, serviceOf } from './service.ts'
import { redfishSession } from './session.ts'
import { type Json, link, text } from './values.ts'

/** A machine that is on its way is not there yet. */
const powerStates: Readonly<Record<string, PowerState>> = {
  On: 'on',
  PoweringOff: 'on',
  Paused: 'on',
  Off: 'off',
  PoweringOn: 'off',
}

/** ResetType of Resource, DSP2046: what is asked for, and what does the same. */
const resets: Readonly<Record<PowerAction, readonly string[]>> = {
  on: ['On', 'ForceOn'],
  off: ['ForceOff'],
  soft: ['GracefulShutdown', 'PushPowerButton'],
  cycle: ['PowerCycle'],
  reset: ['ForceRestart'],
}
const policies: Readonly<Record<RestorePolicy, string>> = {
  'always-on': 'AlwaysOn',
  'always-off': 'AlwaysOff',
  previous: 'LastState',
}
const policyNames = Object.keys(policies) as RestorePolicy[]

/** A BMC by Redfish (DSP0266), from a host. Nothing is asked before the first call. */
export function redfishDriver(host: Host, login: Login): BmcDriver {
  const session = redfishSession(host, login)
  const service = serviceOf(session, login)
  const { description } = session

  const unsupported = (what: string, advice?: string): never => {
    throw new BmcError('unsupported', `${description}: ${what}`, { advice })
  }

  async function accountsPath(options?: CallOptions): Promise<string> {
    const path = link((await service.root(options)).AccountService)
    const found = path && link((await session.get(path, { ...options, what: 'read the users' })).Accounts)
    return found ?? unsupported('it tells of no users')
  }
  /** Where each account is, as the last list of them said. */
  let paths: ReadonlyMap<string, string> = new Map()

  async function accounts(options?: CallOptions): Promise<Json[]> {
    const found = await service.members(await accountsPath(options), 'read the users', options)
    paths = new Map(found.flatMap((each) => (link(each) ? [[text(each.Id) ?? '', link(each)!] as const] : [])))
    return found
  }

  async function accountPath(id: UserId, options?: CallOptions): Promise<string> {
    if (!paths.has(String(id))) await accounts(options)
    const path = paths.get(String(id))
    if (path === undefined) throw new BmcError('refused', `${description}: it has no user with the Id "${id}"`)
    return path
  }

  async function chassisStatus(options?: CallOptions): Promise<ChassisStatus> {
    const system = await service.system(options)
    const power = powerStates[text(system.PowerState) ?? '']
    const policy = text(system.PowerRestorePolicy)
    if (power === undefined)
      throw new BmcError('bad_answer', `${description}: it does not say whether the machine is on`, {
        detail: `PowerState: ${JSON.stringify(system.PowerState ?? null)}`,
      })
    return {
      power,
      ...given({ restorePolicy: policyNames.find((each) => policies[each] === policy) }),
      faults: healthOf(system) === 'Critical' ? ['System health is critical'] : [],
    }
  }

  async function power(action: PowerAction, options?: CallOptions): Promise<void> {
    const system = await service.system(options)
    const state = text(system.PowerState)
    if (action === 'on' && state === 'PoweringOn') return
    try {
      await reset(session, system, '#ComputerSystem.Reset', resets[action], { ...options, what: `power ${action}` })
    } catch (error) {
      // A machine that is there already is refused what would bring it there.
      const wanted = action === 'on' ? 'on' : action === 'off' || action === 'soft' ? 'off' : undefined
      if (wanted === undefined || !isBmcError(error, 'refused')) throw error
      if ((await chassisStatus(options)).power !== wanted) throw error
    }
  }

  /** What a board links to need not be there. */
  const orNothing = (answer: Promise<Json>): Promise<Json> =>
    answer.catch((error: unknown) => {
      if (isBmcError(error, 'unsupported')) return {}
      throw error
    })

  /** Where there are both, one request for all is enough. */
  async function sensors({ signal }: SensorOptions = {}): Promise<Sensor[]> {
    const found: Sensor[] = []
    const read = async (value: unknown, make: (answer: Json) => Sensor[]) => {
      const path = link(value)
      if (path !== undefined)
        found.push(...make(await orNothing(session.get(path, { signal, what: 'read the sensors' }))))
    }
    for (const chassis of await service.chassis({ signal })) {
      const before = found.length
      await read(chassis.Thermal, thermalSensors)
      await read(chassis.Power, powerSensors)
      const collection = link(chassis.Sensors)
      if (found.length === before && collection !== undefined)
        found.push(...(await service.members(collection, 'read the sensors', { signal })).flatMap(sensorsOf))
    }
    return found
  }

  async function logs(options?: CallOptions): Promise<Json[]> {
    const what = 'read the event log'
    const found: Json[] = []
    for (const owner of [await service.system(options), await orNothing(service.manager(options))]) {
      const path = link(owner.LogServices)
      if (path !== undefined) found.push(...(await service.members(path, what, options)))
    }
    return found
  }

  async function lanInterface(options?: CallOptions): Promise<Json> {
    const path = link((await service.manager(options)).EthernetInterfaces)
    const all = path === undefined ? [] : await service.members(path, 'read the network', options)
    return interfaceOf(all, login.address) ?? unsupported('it tells nothing of its network')
  }

  /** The machine, or what it is in: whichever has a light. */
  async function light(options?: CallOptions): Promise<(on: boolean, signal?: AbortSignal) => Promise<void>> {
    for (const each of [await service.system(options), ...(await service.chassis(options))]) {
      const path = link(each)
      const set =
        each.LocationIndicatorActive !== undefined
          ? (on: boolean) => ({ LocationIndicatorActive: on })
          : each.IndicatorLED !== undefined
            ? (on: boolean) => ({ IndicatorLED: on ? 'Blinking' : 'Off' })
            : undefined
      if (path !== undefined && set)
        return (on, signal) => session.patch(path, set(on), { signal, what: 'switch its light' })
    }
    return unsupported('it has no light')
  }

  return {
    name: 'redfish',
    description,
    login: { user: login.user },
    cipherSuite: () => undefined,
    open: session.open,
    close: session.close,
    info: async (options) =>
      infoOf(await service.root(options), await orNothing(service.manager(options)), await service.system(options)),
    guid: async (options) => guidOf(await service.system(options)),
    chassis: chassisStatus,
    power,
    async setRestorePolicy(policy, options) {
      if ((await service.system(options)).PowerRestorePolicy === undefined) unsupported('it has no restore policy')
      await session.patch(
        await service.systemPath(options),
        { PowerRestorePolicy: policies[policy] },
        { ...options, what: 'set the restore policy' },
      )
    },
    bootDevice: async (options) => bootSettingOf(await service.system(options)),
    async setBootDevice(setting, options) {
      await session.patch(await service.systemPath(options), (system) => bootChange(system, setting, description), {
        ...options,
        what: 'set the boot device',
      })
    },
    users: async (options) => (await accounts(options)).flatMap((each) => userOf(each) ?? []),
    async user(id, options): Promise<BmcUser> {
      const account = await session.get(await accountPath(id, options), { ...options, what: 'read a user' })
      return userOf(account) ?? unsupported('it tells nothing of that user')
    },
    async setUser(id, spec, options) {
      const change = (now: Json) => accountChange(spec, now, description)
      await session.patch(await accountPath(id, options), change, { ...options, what: 'change a user' })
    },
    async createUser({ ipmi, enabled = true, ...spec }, options) {
      // Which services there are to choose from is only seen in the account: it may do nothing before that.
      const narrowed = ipmi === false
      const made = accountChange({ privilege: 'user', ...spec, enabled: enabled && !narrowed }, {}, description)
      await session.post(await accountsPath(options), made, { ...options, what: 'make a user' })
      if (!narrowed) return
      const found = (await accounts(options)).find(({ UserName }) => UserName === spec.name)
      const change = (now: Json) => accountChange({ ipmi, enabled }, now, description)
      await session.patch(link(found) ?? '', change, { ...options, what: 'make a user' })
    },
    testPassword: async () => unsupported('by Redfish a password is tested by logging in only'),
    async clearUser(id, options) {
      const path = await accountPath(id, options)
      const what = 'take a user away'
      try {
        await session.delete(path, { ...options, what })
      } catch (error) {
        if (!isBmcError(error, 'unsupported')) throw error
        // Places are fixed. Whoever gets it next is not let in by what is known already.
        const Password = `${randomBytes(8).toString('hex')}aA1!`
        await session.patch(path, { Enabled: false, Password }, { ...options, what })
        await session.patch(path, { UserName: '' }, { ...options, what })
      }
    },
    lan: async (options) => lanOf(await lanInterface(options), login.address),
    async setLan(spec, options) {
      const found = await lanInterface(options)
      const change = (now: Json) => lanChange(now, spec, lanOf(now, login.address))
      await session.patch(link(found)!, change, { ...options, what: 'set the network' })
    },
    sol: async () => unsupported('by Redfish there is no serial over LAN', 'Set it with "driver: ipmitool".'),
    setSol: async () => unsupported('by Redfish there is no serial over LAN', 'Set it with "driver: ipmitool".'),
    sensors,
    async events(options) {
      const path = link(hardwareLog(await logs(options))?.Entries)
      if (path === undefined) return unsupported('it has no event log')
      return eventsOf(await service.members(path, 'read the event log', options))
    },
    async fru(options) {
      const [chassis = {}] = await service.chassis(options)
      return fruOf(await service.system(options), chassis)
    },
    async identify(seconds, options) {
      const set = await light(options)
      await set(seconds > 0, options?.signal)
      if (seconds === 0) return
      // It knows no time of its own.
      try {
        await sleep(seconds * 1000, undefined, options?.signal ? { signal: options.signal } : {})
      } finally {
        await set(false)
      }
    },
    async resetBmc(kind, options) {
      const types = kind === 'cold' ? ['ForceRestart', 'GracefulRestart'] : ['GracefulRestart', 'ForceRestart']
      const manager = await service.manager(options)
      await reset(session, manager, '#Manager.Reset', types, { ...options, what: `reset the BMC (${kind})` })
    },
    setFanProfile: async () => unsupported('by Redfish there are no fan profiles'),
  }
}
