import { access } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { type DiagnosticInput, hasErrors, LaresError, type Owner } from '@lares/core'
import type { Parts } from '../../compose/translate/parts.ts'
import type { DockerConnection } from '../../provider.ts'
import { takenElsewhere } from './elsewhere.ts'
import { type ComposeInputs, projectOf } from './schema.ts'

/** In the order in which Compose looks for them. */
const NAMES = ['compose.yaml', 'compose.yml', 'docker-compose.yaml', 'docker-compose.yml']
const OVERRIDES = [
  'compose.override.yaml',
  'compose.override.yml',
  'docker-compose.override.yaml',
  'docker-compose.override.yml',
]

interface Reader {
  connection: Pick<DockerConnection, 'apiVersion' | 'local'>
  warn(diagnostic: DiagnosticInput): void
  signal: AbortSignal
}

/**
 * Reads the files of a project and says what it is made of.
 * @throws LaresError with everything that is wrong with the files
 */
export async function readParts(
  inputs: ComposeInputs,
  owner: Owner,
  { connection, warn, signal }: Reader,
): Promise<Parts> {
  // Reading YAML takes modules that whoever has no project should not wait for.
  const [{ loadProject }, { partsOf }] = await Promise.all([
    import('../../compose/load/load-project.ts'),
    import('../../compose/translate/parts-of.ts'),
  ])
  const { content, directory, environment = {}, envFiles, profiles } = inputs
  const files = content === undefined ? await filesOf(inputs) : [{ name: 'content', content }]
  const { project, diagnostics, byName } = await loadProject({
    files,
    name: projectOf(inputs, owner),
    environment: Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, String(value)])),
    ...(directory === undefined ? {} : { projectDirectory: directory }),
    ...(envFiles === undefined ? {} : { envFiles: [envFiles].flat().map((file) => resolve(file)) }),
    ...(profiles === undefined ? {} : { profiles }),
    signal,
  })
  const here = project && { project, diagnostics: [] }
  const placed = project && !connection.local ? await takenElsewhere(project, signal) : here
  const translated = placed && partsOf(placed.project, connection)
  const found = [...(placed?.diagnostics ?? []), ...(translated?.diagnostics ?? [])]
  const told = [...diagnostics, ...found.map(byName)]
  const all = told.map((one) => ({ address: owner.address, ...one }))
  if (hasErrors(all) || !translated) throw new LaresError(all)
  for (const { severity: _, ...diagnostic } of all) warn(diagnostic)
  return translated.parts
}

async function filesOf({ file, directory = '.' }: ComposeInputs): Promise<string[]> {
  if (file !== undefined) return [file].flat()
  const found = await firstOf(directory, NAMES)
  if (found === undefined) return [join(directory, NAMES[0]!)]
  const override = await firstOf(dirname(found), OVERRIDES)
  return override === undefined ? [found] : [found, override]
}

async function firstOf(directory: string, names: readonly string[]): Promise<string | undefined> {
  for (const name of names) {
    const path = join(directory, name)
    const isThere = await access(path).then(
      () => true,
      () => false,
    )
    if (isThere) return path
  }
  return undefined
}
