import { setTimeout as delay } from 'node:timers/promises'
import { fail, milliseconds } from '@lares/core'
import { isHostError } from '@lares/transport'
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

/** Starts a guest, or lets one that stands still go on; one that runs already is left alone. */
export async function start({ connection, signal }: Pick<PowerContext, 'connection' | 'signal'>, name: string) {
  try {
    await connection.virsh(['start', name], { signal, timeout: 180_000 })
  } catch (error) {
    if (!isLibvirtError(error, 'already_running')) throw error
    const state = (await connection.virsh(['domstate', name], { signal })).trim()
    if (state === 'paused') await connection.virsh(['resume', name], { signal })
  }
}

/** Fails when a guest that was started does not run: it went off, or stands still, as it does when a disk is full. */
export async function expectRunning(
  { connection, address, signal }: Pick<PowerContext, 'connection' | 'address' | 'signal'>,
  name: string,
): Promise<void> {
  const [, state = 'gone', reason = ''] =
    /^(.+?)(?: \((.+)\))?$/.exec((await connection.virsh(['domstate', name, '--reason'], { signal })).trim()) ?? []
  if (state === 'paused') {
    const errors = (await connection.virsh(['domblkerror', name], { signal })).trim()
    const isFull = /no space/i.test(errors)
    fail({
      code: isFull ? 'no_space' : 'paused',
      address,
      summary: isFull
        ? `${name} stands still: there is no space left where its disks are`
        : `${name} stands still: ${state}${reason && `, ${reason}`}`,
      ...(errors === '' ? {} : { detail: errors }),
      advice: `${isFull ? 'Make room there, and let' : 'Let'} it go on: lares run ${address} start.`,
    })
  }
  if (state === 'shut off' || state === 'crashed')
    fail({
      code: 'not_running',
      address,
      summary: `${name} went off before it answered: ${[state, reason].filter(Boolean).join(', ')}`,
      advice: `Start it again and see what it says: lares run ${address} start; lares run ${address} console. QEMU's own log is /var/log/libvirt/qemu/${name}.log on the hypervisor.`,
    })
}

export async function powerOff({ connection, signal }: Pick<PowerContext, 'connection' | 'signal'>, name: string) {
  try {
    await connection.virsh(['destroy', name], { signal, timeout: 120_000 })
  } catch (error) {
    if (!isLibvirtError(error, 'not_running')) throw error
  }
}

const ASK_MS = 30_000

const isUnheard = (error: unknown): boolean =>
  isLibvirtError(error, 'not_running', 'no_agent', 'libvirt_error', 'timeout') || isHostError(error, 'timeout')

/** Asks a guest to shut down, its agent first and its power button where that does not do, and powers it off when it does not and that is allowed. */
export async function shutDown(
  context: PowerContext,
  name: string,
  { timeout = '90s', force = false }: Partial<NonNullable<DomainInputs['shutdown']>> = {},
): Promise<void> {
  const { connection, address, signal, log } = context
  if (await isOff(context, name)) return
  const limit = milliseconds(timeout)
  const began = Date.now()
  const ask = async (mode: 'agent' | 'acpi'): Promise<boolean> => {
    try {
      await connection.virsh(['shutdown', name, '--mode', mode], { signal, timeout: Math.min(limit, ASK_MS) })
      return true
    } catch (error) {
      // A driver that knows no modes.
      if (isLibvirtError(error, 'unsupported')) await connection.virsh(['shutdown', name], { signal })
      // Off by itself meanwhile, an agent that has just gone or is stopped by the shutdown that it began.
      else if (!isUnheard(error)) throw error
      return false
    }
  }
  const live = parseXml(await connection.virsh(['dumpxml', name], { signal }))
  log('shutting down')
  let agent = hasAgent(live) && (await ask('agent'))
  if (!agent) await ask('acpi')
  for (;;) {
    if (await isOff(context, name)) return
    const waited = Date.now() - began
    if (waited > limit) break
    if (agent && waited > limit / 2) {
      agent = false
      await ask('acpi')
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
