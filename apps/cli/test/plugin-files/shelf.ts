import { access, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { defineProvider, errorCode, type Owner } from '@lares/core'
import { z } from 'zod'

/** An object on a shelf: a JSON file that carries the mark of its owner. */
export interface Sheet {
  owner?: Owner
  body: Record<string, unknown>
}

/** A directory of JSON files. */
export interface Shelf {
  directory: string
  read(name: string): Promise<Sheet | null>
  write(name: string, sheet: Sheet): Promise<void>
  remove(name: string): Promise<void>
  names(): Promise<string[]>
}

export const shelfProvider = defineProvider({
  name: 'shelf',
  endpoint: z.object({ directory: z.string() }),
  async connect({ endpoint: { directory } }) {
    // A shelf with a file "closed" on it does not answer.
    const closed = await access(join(directory, 'closed')).then(
      () => true,
      () => false,
    )
    if (closed) throw Object.assign(new Error(`nobody answers at ${directory}`), { code: 'unreachable' })
    return shelfAt(directory)
  },
  scope: async (shelf: Shelf) => shelf.directory,
})

export function shelfAt(directory: string): Shelf {
  const file = (name: string) => join(directory, `${name}.json`)
  return {
    directory,
    async read(name) {
      try {
        return JSON.parse(await readFile(file(name), 'utf8')) as Sheet
      } catch (error) {
        if (errorCode(error) === 'ENOENT') return null
        throw error
      }
    },
    write: (name, sheet) => writeFile(file(name), JSON.stringify(sheet)),
    remove: (name) => rm(file(name), { force: true }),
    names: async () => (await readdir(directory)).filter((n) => n.endsWith('.json')).map((n) => n.slice(0, -5)),
  }
}

export const makeDirectory = (path: string) => mkdir(path, { recursive: true })
