import { readFile } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import { HostError } from '../host-error.ts'

const pending = new Map<string, Promise<unknown>>()

/** What is asked for under one name while it is under way is done once: many hosts are dialled at the same time. */
export async function once<T>(name: string, work: () => Promise<T>): Promise<T> {
  const known = pending.get(name) as Promise<T> | undefined
  if (known) return await known
  const begun = work().finally(() => pending.delete(name))
  pending.set(name, begun)
  return await begun
}

/** A file's text, or undefined when there is none. */
export async function readOptional(path: string): Promise<string | undefined> {
  try {
    return await once(`file ${path}`, () => readFile(path, 'utf8'))
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw new HostError('config_invalid', `Can't read ${path}`, { detail: (error as Error).message, cause: error })
  }
}

/** A path of the SSH configuration: `~` is the home, and a relative one is in `~/.ssh`. */
export function absolute(path: string, home: string): string {
  if (path === '~' || path.startsWith('~/')) return join(home, path.slice(1))
  return isAbsolute(path) ? path : join(home, '.ssh', path)
}
