import { setTimeout as sleep } from 'node:timers/promises'
import { type Host, localHost } from '@lares/transport'
import type { BmcDriver, BmcInfo, CallOptions, ChassisStatus, PowerState } from './driver.ts'
import { BmcError, isBmcError } from './error.ts'
import { type Identity, identityOf } from './fru.ts'
import { ipmitoolDriver } from './ipmitool/driver.ts'
import type { Login } from './login.ts'
import { bringPower, type PowerOptions, restartPower } from './power.ts'
import { redfishDriver } from './redfish/driver.ts'

const drivers = { ipmitool: ipmitoolDriver, redfish: redfishDriver }

export interface ConnectBmcOptions extends Login {
  /** Which way to talk to it; `ipmitool` when absent. */
  readonly driver?: keyof typeof drivers | ((host: Host, login: Login) => BmcDriver) | undefined
  /** The machine that talks to it; this one when absent. */
  readonly host?: Host | undefined
  readonly signal?: AbortSignal | undefined
}

/** What a BMC tells of itself and its machine. */
export interface BmcDescription extends BmcInfo, Identity, ChassisStatus {
  readonly guid?: string
  readonly cipherSuite?: number
}

/** A BMC. Every method rejects with a BmcError, or a HostError of the machine that it is reached from. */
export interface Bmc extends Omit<BmcDriver, 'power'> {
  readonly driver: BmcDriver
  powerState(options?: CallOptions): Promise<PowerState>
  /** `on` and `off` resolve when it is so; `off` shuts down gracefully. `cycle` and `reset` ask nobody. */
  power(to: PowerState | 'cycle' | 'reset', options?: PowerOptions): Promise<void>
  describe(options?: CallOptions): Promise<BmcDescription>
  /** Restarts the BMC and resolves when it answers again. */
  restart(kind?: 'cold' | 'warm', options?: PowerOptions): Promise<void>
}

/** Opens a BMC: `connectBmc({ address: '10.0.0.5', user: 'admin', password })`. */
export async function connectBmc({
  driver = 'ipmitool',
  host = localHost(),
  signal,
  ...login
}: ConnectBmcOptions): Promise<Bmc> {
  const make = typeof driver === 'function' ? driver : drivers[driver]
  const bmc = bmcOf(make(host, login))
  await bmc.open({ signal })
  return bmc
}

/** A BMC over a driver, which need not be open yet. */
export function bmcOf(driver: BmcDriver): Bmc {
  return {
    ...driver,
    driver,
    powerState: async (options) => (await driver.chassis(options)).power,
    power: (to, options) =>
      to === 'on' || to === 'off' ? bringPower(driver, to, options) : restartPower(driver, to, options),
    describe: (options) => describe(driver, options),
    restart: (kind = 'cold', options) => restart(driver, kind, options),
  }
}

/** What it cannot tell is left out. */
async function describe(driver: BmcDriver, options?: CallOptions): Promise<BmcDescription> {
  const info = await driver.info(options)
  const chassis = await driver.chassis(options)
  const guid = await unlessRefused(driver.guid(options))
  const fru = await unlessRefused(driver.fru(options))
  const cipherSuite = driver.cipherSuite()
  const { manufacturer, ...identity } = fru ? identityOf(fru) : {}
  return {
    ...info,
    ...chassis,
    ...identity,
    ...(manufacturer === undefined ? {} : { manufacturer }),
    ...(guid === undefined ? {} : { guid }),
    ...(cipherSuite === undefined ? {} : { cipherSuite }),
  }
}

const unlessRefused = <T>(answer: Promise<T>): Promise<T | undefined> =>
  answer.catch((error: unknown) => {
    if (isBmcError(error, 'unsupported', 'refused', 'bad_answer', 'forbidden')) return undefined
    throw error
  })

const RESTART_MS = 300_000
/** Right after the command the old one may still answer. */
const SETTLE_MS = 5_000

async function restart(driver: BmcDriver, kind: 'cold' | 'warm', options: PowerOptions = {}): Promise<void> {
  const { signal, timeout = RESTART_MS, interval = SETTLE_MS, log } = options
  await driver.resetBmc(kind, { signal })
  log?.('waiting until the BMC answers again')
  const until = Date.now() + timeout
  for (;;) {
    await sleep(interval, undefined, signal ? { signal } : {})
    try {
      await driver.info({ signal })
      return
    } catch (error) {
      if (!isBmcError(error) || isBmcError(error, 'auth_failed', 'not_installed') || Date.now() > until)
        throw isBmcError(error, 'unreachable')
          ? new BmcError('unreachable', `${driver.description}: it did not come back within ${timeout / 1000} s`, {
              cause: error,
            })
          : error
    }
  }
}
