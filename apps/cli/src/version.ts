import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'

/** The version of this command. Found by name, because a bundle lies elsewhere than its sources. */
export async function ownVersion(): Promise<string> {
  const file = createRequire(import.meta.url).resolve('lares/package.json')
  return (JSON.parse(await readFile(file, 'utf8')) as { version: string }).version
}
