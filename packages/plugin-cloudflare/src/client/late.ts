import { setTimeout as after } from 'node:timers/promises'
import type { Ask } from './calls.ts'

/** Cloudflare's lists and references can be behind what was just made: how long is waited, again and again, in milliseconds. */
const LATE = [500, 1000, 2000, 4000] as const

/** Does it again while it is refused for a reason that passes, and says so. What is refused was not done. */
export async function whenLate<T>(ask: Ask, isLate: (error: unknown) => boolean, run: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await run()
    } catch (error) {
      const wait = LATE[tries]
      if (wait === undefined || !isLate(error)) throw error
      ask.log?.(`${(error as Error).message}; tries again in ${wait / 1000} s, because what is new can show late`)
      await after(wait, undefined, ask.signal ? { signal: ask.signal } : {})
    }
  }
}

/** Looks again while something that should be there is not, and says so. */
export async function lookAgain<T>(
  signal: AbortSignal,
  look: (again: boolean) => Promise<T>,
  lacking: (found: T) => { what: string; log(message: string): void } | undefined,
): Promise<T> {
  let found = await look(false)
  for (const wait of LATE) {
    const lack = lacking(found)
    if (!lack) break
    lack.log(`${lack.what}; looks again, because what is new can show late`)
    await after(wait, undefined, { signal })
    found = await look(true)
  }
  return found
}
