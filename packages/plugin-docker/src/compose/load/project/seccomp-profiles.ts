import { resolve } from 'node:path'
import { formatPath, problem } from '@lares/core'
import type { Reading } from '../assemble/reading.ts'
import { type Project, placeOf } from './project.ts'

const PROFILE = /^seccomp[=:](?!(?:unconfined|builtin)$)(.+)$/

/** The profile that a security option names. */
export const seccompProfileOf = (option: string): string | undefined => PROFILE.exec(option)?.[1]

/** The texts of the seccomp profiles of all services, as the engine takes them: it reads no files. */
export async function readSeccompProfiles(project: Project, reading: Reading): Promise<Record<string, string>> {
  const profiles: Record<string, string> = {}
  for (const [name, { security_opt = [] }] of Object.entries(project.services)) {
    for (const [index, option] of security_opt.entries()) {
      const file = seccompProfileOf(option)
      if (file === undefined) continue
      const path = ['services', name, 'security_opt', index]
      const at = placeOf(project, path)
      const text = await reading.text(resolve(project.directory, file), at ? { at } : {})
      if (text === undefined) continue
      try {
        profiles[file] = JSON.stringify(JSON.parse(text))
      } catch (error) {
        const summary = `${formatPath(path)}: ${file} is no JSON: ${(error as Error).message}`
        reading.diagnostics.push(
          problem({ code: 'invalid_attribute', summary, path: formatPath(path), ...(at && { source: at }) }),
        )
      }
    }
  }
  return profiles
}
