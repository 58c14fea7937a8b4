import { homedir } from 'node:os'
import { dirname, resolve } from 'node:path'
import { type Diagnostic, hasErrors, problem } from '@lares/core'
import { readEnvironment } from './assemble/environment.ts'
import { loadModel } from './assemble/model.ts'
import { type ComposeFile, createReading, type ReadFile, readFromDisk } from './assemble/reading.ts'
import { buildProject } from './project/build-project.ts'
import { projectName } from './project/name.ts'
import type { Project } from './project/project.ts'

export type LoadOptions = {
  /** The compose files: paths, or content with a name; each one overrides those before it. */
  files: readonly ComposeFile[]
  /** What relative paths are relative to; the directory of the first file when absent. */
  projectDirectory?: string
  /** The name of the project, before COMPOSE_PROJECT_NAME, the `name` of the files and that of the directory. */
  name?: string
  /** The variables that files may use, and nothing else from outside: not those of this process. */
  environment?: Readonly<Record<string, string>>
  /** Files with more variables; the `.env` of the project directory, when there is one, if absent. */
  envFiles?: readonly string[]
  /** The profiles to enable, `*` for all; those in COMPOSE_PROFILES when absent. */
  profiles?: readonly string[]
  /** What `~` stands for in paths; the home directory of the user when absent. */
  home?: string
  readFile?: ReadFile
  signal?: AbortSignal
}

export type Loaded = {
  /** Absent when there are errors. */
  project?: Project
  /** All problems and warnings, each with its place. Variables are called by their names in them, and not by their values. */
  diagnostics: Diagnostic[]
  /** Does the same to what is found to be wrong with the project later on. */
  byName(diagnostic: Diagnostic): Diagnostic
  /** Every file that was read, included, extended and environment files too. */
  read: string[]
}

/**
 * Loads a Compose project as Docker Compose v2 does, without an engine. What is wrong with the files is in the
 * diagnostics, all of it; it rejects only when the signal aborts or a file cannot be read for a reason without a code.
 */
export async function loadProject(options: LoadOptions): Promise<Loaded> {
  const reading = createReading(options.readFile ?? readFromDisk, options.home ?? homedir(), options.signal)
  const project = await load(options, reading)
  const { byName } = reading.uses
  const diagnostics = unique(reading.diagnostics.map(byName))
  return { ...(project && !hasErrors(diagnostics) && { project }), diagnostics, byName, read: [...reading.files] }
}

async function load(options: LoadOptions, reading: ReturnType<typeof createReading>): Promise<Project | undefined> {
  const [first] = options.files
  if (first === undefined) {
    reading.diagnostics.push(problem({ code: 'compose_empty', summary: 'No Compose file is named' }))
    return undefined
  }
  const base = options.projectDirectory ?? (typeof first === 'string' ? dirname(first) : '.')
  const directory = resolve(base)
  const files = options.files.map((file) => (typeof file === 'string' ? resolve(file) : file))
  const given = new Map(Object.entries(options.environment ?? {}))
  const envFiles = options.envFiles?.map((file) => resolve(directory, file))
  const { variables, files: environmentFiles } = await readEnvironment(given, envFiles, directory, reading)
  const name = await projectName(options.name, files, directory, variables, reading)
  const environment = new Map(variables).set('COMPOSE_PROJECT_NAME', name ?? '')
  const model = await loadModel(files, { directory, environment }, reading)
  if (model === undefined || name === undefined) return undefined
  const profiles = options.profiles ?? (environment.get('COMPOSE_PROFILES') ?? '').split(',').map((it) => it.trim())
  const frame = {
    name,
    directory,
    files: files.map((file) => (typeof file === 'string' ? file : file.name)),
    environment: { variables: environment, files: environmentFiles },
    profiles,
  }
  return buildProject(model, frame, reading)
}

/** A file that several services extend is wrong once. */
function unique(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  return [...new Map(diagnostics.map((diagnostic) => [JSON.stringify(diagnostic), diagnostic])).values()]
}
