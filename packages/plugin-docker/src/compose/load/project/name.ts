import { basename } from 'node:path'
import { type Diagnostic, problem } from '@lares/core'
import type { ComposeFile, Reading } from '../assemble/reading.ts'
import { substitute } from '../variables/template.ts'
import { child, textOf } from '../yaml/tree.ts'

/** A name as Compose makes it fit: small letters, digits, `-` and `_`, the first a letter or digit. */
export const normaliseName = (name: string): string =>
  name
    .toLowerCase()
    .replaceAll(/[^a-z0-9_-]/g, '')
    .replace(/^[_-]+/, '')

/**
 * The name of a project: what is asked for, COMPOSE_PROJECT_NAME, the last `name` of the files, or that of the directory.
 */
export async function projectName(
  asked: string | undefined,
  files: readonly ComposeFile[],
  directory: string,
  environment: ReadonlyMap<string, string>,
  reading: Reading,
): Promise<string | undefined> {
  const explicit = asked || environment.get('COMPOSE_PROJECT_NAME')
  const name = explicit || normaliseName((await nameInFiles(files, environment, reading)) || basename(directory))
  const wrong = nameProblem(name)
  if (wrong) reading.diagnostics.push(wrong)
  return wrong ? undefined : name
}

async function nameInFiles(files: readonly ComposeFile[], environment: ReadonlyMap<string, string>, reading: Reading) {
  let found: string | undefined
  for (const file of files) {
    for (const document of (await reading.documents(file)) ?? []) found = textOf(child(document, 'name')) || found
  }
  return found === undefined ? undefined : substitute(found, (name) => environment.get(name)).text
}

function nameProblem(name: string): Diagnostic | undefined {
  if (name !== '' && normaliseName(name) === name) return undefined
  const summary = name === '' ? 'The project has no name' : `"${name}" is no name for a project`
  const advice = 'A name consists of small letters, digits, "-" and "_", and begins with a letter or digit.'
  return problem({ code: 'invalid_project_name', summary, advice })
}
