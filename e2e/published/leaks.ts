import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'

/** The files of a lab's folder in which one of the secrets stands. */
export async function leaks(directory: string, secrets: readonly string[]): Promise<string[]> {
  const files = await readdir(directory, { recursive: true, withFileTypes: true })
  const texts = await Promise.all(
    files
      .filter((file) => file.isFile())
      .map(async (file) => [file.name, await readFile(join(file.parentPath, file.name), 'utf8')] as const),
  )
  expect(texts.map(([name]) => name)).toContain('state.json')
  return texts.flatMap(([name, text]) => secrets.filter((secret) => text.includes(secret)).map(() => name))
}
