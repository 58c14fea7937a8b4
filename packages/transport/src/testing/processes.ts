import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** Whether a process of this machine has exactly these arguments. */
export function isRunning(...command: readonly string[]): boolean {
  const wanted = `${command.join('\0')}\0`
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .some((name) => {
      try {
        return readFileSync(`/proc/${name}/cmdline`, 'utf8') === wanted
      } catch {
        return false
      }
    })
}

/** Rejects when the command is still there after twenty seconds. */
export async function gone(...command: readonly string[]): Promise<void> {
  for (let attempt = 0; attempt < 400; attempt++) {
    if (!isRunning(...command)) return
    await sleep(50)
  }
  throw new Error(`still running: ${command.join(' ')}`)
}
