import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

export interface ProjectDirectory {
  directory: string
  write(text: string, name?: string): Promise<void>
}

/** A directory with a compose file that can be written again. */
export async function projectDirectory(): Promise<ProjectDirectory> {
  const directory = await mkdtemp(join(tmpdir(), 'lares-compose-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  return { directory, write: (text, name = 'compose.yaml') => writeFile(join(directory, name), text) }
}

/** What a container is given to do when it has nothing to do. */
export const sleeps = `command: ["sh", "-c", "trap 'exit 0' TERM; while :; do sleep 0.1; done"]`
