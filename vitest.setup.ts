import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** What tests start again and again is compiled once: Node keeps it here, for workers and their children. */
export default async function keepCompiled(): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'lares-compiled-'))
  process.env.NODE_COMPILE_CACHE = folder
  // Workers that end write what they have compiled.
  return () => rm(folder, { recursive: true, force: true, maxRetries: 10 })
}
