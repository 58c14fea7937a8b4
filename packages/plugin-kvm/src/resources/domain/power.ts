import { setTimeout as delay } from 'node:timers/promises'
import { fail, milliseconds } from '@lares/core'
import { isLibvirtError, type Libvirt, parseXml } from '../../client/index.ts'
import { hasAgent } from './facts.ts'
import type { DomainInputs } from './schema.ts'

export interface PowerContext {
  connection: Libvirt
  address: string
  signal: AbortSignal
  log(message: string): void
}

const PAUSE = 500

export const pause = (ms: number, signal: AbortSignal): Promise<void> => delay(ms, undefined, { signal })

export async function isOff({ connection, signal }: Pick<PowerContext, 'connection' | 'signal'>, name: string) {
  const state = (await connection.virsh(['domstate', name], { signal })).trim()
  return state === 'shut off' || state === 'crashed'
}

/** Starts a guest; one that runs already is left alone. */
export async function start({ connection, signal }: Pick<PowerContext, 'connection' | 'signal'>, name: string) {
  try {
    await connection.virsh(['start', name], { signal, timeout: 180_000 })
  } catch (error) {
    if (!isLibvirtError(error, 'already_running')) throw error
  }
}

export async function powerOff({ connection, signal }: Pick<PowerContext, 'connection' | 'signal'>, name: string) {
  try {
    await connection.virsh(['destroy', name], { signal, timeout: 120_000 })
  } catch (error) {
    if (!isLibvirtError(error, 'not_running')) throw error
  }
}

/** Asks a guest to shut down, its agent first, and powers it off when it does not and that is allowed. */
export async function shutDown(
  context: PowerContext,
  name: string,
  { timeout = '90s', force = false }: Partial<NonNullable<DomainInputs['shutdown']>> = {},
): Promise<void> {
  const { connection, address, signal, log } = context
  if (await isOff(context, name)) return
  const limit = milliseconds(timeout)
  const began = Date.now()
  const ask = async (mode: string) => {
    try {
      await connection.virsh(['shutdown', name, '--mode', mode], { signal, timeout: 30_000 })
    } catch (error) {
      // Off by itself meanwhile, an agent that has just gone, a driver that knows no modes.
      if (isLibvirtError(error, 'unsupported')) await connection.virsh(['shutdown', name], { signal })
      else if (!isLibvirtError(error, 'not_running', 'no_agent', 'libvirt_error', 'timeout')) throw error
    }
  }
  const live = parseXml(await connection.virsh(['dumpxml', name], { signal }))
  log('shutting down')
  let mode = hasAgent(live) ? 'agent' : 'acpi'
  await ask(mode)
  for (;;) {
    if (await isOff(context, name)) return
    const waited = Date.now() - began
    if (waited > limit) break
    if (mode === 'agent' && waited > limit / 2) {
      mode = 'acpi'
      await ask(mode)
    }
    await pause(PAUSE, signal)
  }
  if (!force)
    fail({
      code: 'shutdown_timeout',
      address,
      summary: `${name} did not shut down within ${timeout}`,
      advice: 'Shut it down from inside, or allow to power it off: shutdown: { force: true }.',
    })
  log('it did not shut down: powering it off')
  await powerOff(context, name)
}
