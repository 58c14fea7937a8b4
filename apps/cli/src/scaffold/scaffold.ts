import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { basename, join, relative, resolve } from 'node:path'
import { ownVersion } from '../version.ts'
import { packagesOf } from './package.ts'
import { typescriptFiles } from './typescript.ts'
import { yamlFiles } from './yaml.ts'

export interface ScaffoldOptions {
  cwd: string
  directory: string
  yaml: boolean
  docker: boolean
}

/** What the templates are made with. */
export interface Blank {
  /** A valid name for the lab, from its directory. */
  name: string
  docker: boolean
  /** The range of Lares' packages that goes with this command. */
  range: string
}

/** File names and their text. */
export type Files = { [file: string]: string }

/** Writes a small lab. Rejects with `file_exists`, before anything is written, when a file is in the way. */
export async function scaffold(options: ScaffoldOptions): Promise<{ files: string[]; next: string[] }> {
  const directory = resolve(options.cwd, options.directory)
  const blank: Blank = { name: labName(directory), docker: options.docker, range: `^${await ownVersion()}` }
  const files = options.yaml ? yamlFiles(blank) : typescriptFiles(blank)
  const near = (file: string) => relative(options.cwd, join(directory, file)) || file
  await mkdir(directory, { recursive: true })
  const present = await existing(directory, Object.keys(files))
  if (present.length > 0) {
    const { fail } = await import('@lares/core')
    fail({
      code: 'file_exists',
      summary: `${present.map(near).join(' and ')} ${present.length === 1 ? 'is' : 'are'} there already`,
      advice: 'Nothing was written. Choose another directory, or remove what is in the way.',
    })
  }
  for (const [file, text] of Object.entries(files)) await writeFile(join(directory, file), text, { flag: 'wx' })
  const enter = relative(options.cwd, directory)
  const install = options.yaml ? `npm install ${packagesOf(blank, { typescript: false }).join(' ')}` : 'npm install'
  const next = [...(enter === '' ? [] : [`cd ${enter}`]), install, 'npx lares plan']
  return { files: Object.keys(files).map(near), next }
}

/** Files of a repository that may well be there before the lab, such as .gitignore, count like any other. */
async function existing(directory: string, names: readonly string[]): Promise<string[]> {
  const found = await Promise.all(
    names.map((name) =>
      readFile(join(directory, name)).then(
        () => [name],
        () => [],
      ),
    ),
  )
  return found.flat()
}

function labName(directory: string): string {
  const name = basename(directory)
    .replace(/[^A-Za-z0-9_-]+/g, '-')
    .replace(/^[^A-Za-z]+/, '')
  return name === '' ? 'home' : name
}
