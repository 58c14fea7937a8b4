import { rename, rm, stat } from 'node:fs/promises'

/** Whether something is at a path. */
export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}

/** Publishes what was made as a whole; another run that was quicker wins. */
export async function keep(fresh: string, kept: string): Promise<void> {
  await rename(fresh, kept).catch(() => rm(fresh, { recursive: true, force: true }))
}
