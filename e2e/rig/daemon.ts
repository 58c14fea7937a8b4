import { spawn } from 'node:child_process'
import { openSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { rigDir } from './layout.ts'
import { type Probe, until } from './wait.ts'

/**
 * Starts a process that stays, with its output in `<name>.log`, and returns its id once `ready` says so.
 * Throws as soon as it has ended instead, or after 120 s.
 */
export async function startDaemon(
  name: string,
  [program = '', ...args]: readonly string[],
  { ready, env = {}, signal }: { ready: Probe; env?: Record<string, string>; signal: AbortSignal },
): Promise<number> {
  const log = openSync(join(rigDir, `${name}.log`), 'w')
  const child = spawn(program, args, { stdio: ['ignore', log, log], env: { ...process.env, ...env } })
  child.unref()
  const ended = new AbortController()
  child.once('error', (error) => ended.abort(error))
  child.once('exit', (code, killer) => ended.abort(new Error(`${name} ended at once (${killer ?? `code ${code}`})`)))
  await until(name, ready, { seconds: 120, signal: AbortSignal.any([signal, ended.signal]) })
  return child.pid!
}

/** The one process that another one started. Throws when there is none, or more. */
export async function onlyChild(pid: number): Promise<number> {
  const children = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim()
  if (!/^\d+$/.test(children))
    throw new Error(`Process ${pid} has ${children === '' ? 'no child' : 'several children'}`)
  return Number(children)
}
