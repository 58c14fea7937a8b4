import { setTimeout as delay } from 'node:timers/promises'

/** Looks once whether something is there. */
export type Probe = (signal: AbortSignal) => Promise<boolean>

/**
 * Probes every 25 ms until the probe returns true. Throws with the name of what did not come, and the probe's last
 * error as cause, after `seconds`; a probe gets its own signal, so one that hangs can't hold up the wait.
 */
export async function until(
  what: string,
  probe: Probe,
  { seconds, signal }: { seconds: number; signal: AbortSignal },
): Promise<void> {
  const deadline = AbortSignal.timeout(seconds * 1000)
  let cause: unknown
  while (!deadline.aborted) {
    signal.throwIfAborted()
    try {
      if (await probe(AbortSignal.any([signal, deadline, AbortSignal.timeout(5000)]))) return
    } catch (error) {
      cause = error
    }
    await delay(25)
  }
  throw new Error(`${what} did not come up within ${seconds} s`, { cause })
}
