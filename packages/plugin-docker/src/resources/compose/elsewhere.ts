import { readFile } from 'node:fs/promises'
import { type Diagnostic, errorCode, problem, warning } from '@lares/core'
import { type Project, type ProjectFile, placeOf } from '../../compose/load/project/project.ts'

/**
 * A project for an engine that does not have the files of this machine: the content of configs and secrets is taken along,
 * and of what is mounted it is said that it has to be there.
 */
export async function takenElsewhere(
  project: Project,
  signal: AbortSignal,
): Promise<{ project: Project; diagnostics: Diagnostic[] }> {
  const diagnostics: Diagnostic[] = []
  const at = (path: (string | number)[]) => {
    const source = placeOf(project, path)
    return source ? { source } : {}
  }
  const taken = async (section: 'configs' | 'secrets') =>
    Object.fromEntries(
      await Promise.all(
        Object.entries(project[section]).map(async ([key, file]): Promise<[string, ProjectFile]> => {
          if (file.file === undefined || file.external) return [key, file]
          const { file: path, ...rest } = file
          const content = await textOf(path, signal)
          if (typeof content === 'string') return [key, { ...rest, content }]
          diagnostics.push(problem({ ...content, path: `${section}.${key}.file`, ...at([section, key, 'file']) }))
          return [key, rest]
        }),
      ),
    )
  const [configs, secrets] = await Promise.all([taken('configs'), taken('secrets')])
  for (const [name, { volumes = [] }] of Object.entries(project.services))
    for (const [index, { type, source = '' }] of volumes.entries()) {
      if (type !== 'bind' || !source.startsWith(`${project.directory}/`)) continue
      const path = ['services', name, 'volumes', index]
      const summary = `services.${name}.volumes[${index}]: ${source} is looked for on the machine of the engine, not on this one`
      diagnostics.push(warning({ code: 'compose_file_elsewhere', summary, ...at(path) }))
    }
  return { project: { ...project, configs, secrets }, diagnostics }
}

async function textOf(path: string, signal: AbortSignal): Promise<string | { code: string; summary: string }> {
  try {
    const bytes = await readFile(path, { signal })
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (error) {
    const code = errorCode(error)
    const isBinary = error instanceof TypeError
    if (!isBinary && code === undefined) throw error
    const why = isBinary ? 'is no text, and only text can be taken to another machine' : `cannot be read: ${code}`
    return { code: 'compose_file_unreadable', summary: `${path} ${why}` }
  }
}
