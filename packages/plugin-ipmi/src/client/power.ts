import { setTimeout as sleep } from 'node:timers/promises'
import type { BmcDriver, PowerState } from './driver.ts'
import { BmcError, type BmcErrorCode, isBmcError } from './error.ts'

export interface PowerOptions {
  readonly signal?: AbortSignal | undefined
  /** `off` cuts the power of a machine that does not shut down in time. */
  readonly force?: boolean | undefined
  /** Milliseconds until the power has to be there; 300,000 when absent. */
  readonly timeout?: number | undefined
  /** Milliseconds between two looks; 2,000 when absent. */
  readonly interval?: number | undefined
  /** Is told what is being waited for. */
  readonly log?: ((message: string) => void) | undefined
}

const DEFAULT_MS = 300_000
const INTERVAL_MS = 2_000
/** How long a cut or a start may take: nothing has to shut down. */
const HARD_MS = 60_000
/** A BMC that is restarting, or short of sessions, comes back. */
const passing: readonly BmcErrorCode[] = ['unreachable', 'timeout', 'incomplete', 'busy', 'too_many_sessions']

/** Resolves when the machine is on or off. A machine that is so already is left alone. */
export async function bringPower(driver: BmcDriver, wanted: PowerState, options: PowerOptions = {}): Promise<void> {
  const { signal, force = false, timeout = DEFAULT_MS, log } = options
  if ((await driver.chassis({ signal })).power === wanted) return
  log?.(wanted === 'on' ? 'switching it on' : 'asking it to shut down')
  await driver.power(wanted === 'on' ? 'on' : 'soft', { signal })
  if (await arrives(driver, wanted, timeout, options)) return
  if (wanted === 'on' || !force)
    throw unchanged(
      driver,
      wanted,
      timeout,
      wanted === 'on'
        ? 'Look at its power supply and its event log.'
        : 'Does its operating system heed the power button? To cut its power all the same, say "force".',
    )
  log?.('cutting its power')
  await driver.power('off', { signal })
  if (!(await arrives(driver, 'off', HARD_MS, options))) throw unchanged(driver, 'off', HARD_MS)
}

/** Takes the power away and gives it again (`cycle`), or resets the machine; resolves when it is on. */
export async function restartPower(
  driver: BmcDriver,
  action: 'cycle' | 'reset',
  options: PowerOptions = {},
): Promise<void> {
  const { signal, timeout = HARD_MS } = options
  const isOff = (await driver.chassis({ signal })).power === 'off'
  await driver.power(isOff ? 'on' : action, { signal })
  if (!(await arrives(driver, 'on', timeout, options))) throw unchanged(driver, 'on', timeout)
}

/** A BMC takes a command long before the machine gets there. */
async function arrives(
  driver: BmcDriver,
  wanted: PowerState,
  timeout: number,
  { signal, interval = INTERVAL_MS }: PowerOptions,
): Promise<boolean> {
  const until = Date.now() + timeout
  for (;;) {
    let trouble: BmcError | undefined
    try {
      if ((await driver.chassis({ signal })).power === wanted) return true
    } catch (error) {
      if (!isBmcError(error, ...passing)) throw error
      trouble = error
    }
    if (Date.now() + interval > until) {
      if (trouble) throw trouble
      return false
    }
    await sleep(interval, undefined, signal ? { signal } : {})
  }
}

const unchanged = ({ description }: BmcDriver, wanted: PowerState, timeout: number, advice?: string): BmcError =>
  new BmcError('power_unchanged', `${description}: the machine is not ${wanted} after ${timeout / 1000} s`, { advice })
