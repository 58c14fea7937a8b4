import { join } from 'node:path'
import { problem, type SourceLocation, warning } from '@lares/core'
import { type Dotenv, parseDotenv } from '../variables/dotenv.ts'
import type { Reading } from './reading.ts'

export type Environment = { variables: ReadonlyMap<string, string>; files: string[] }

/**
 * Variables with those of environment files added; what is set already stays. Without named files it is the `.env` of the
 * directory, when there is one.
 */
export async function readEnvironment(
  given: ReadonlyMap<string, string>,
  named: readonly string[] | undefined,
  directory: string,
  reading: Reading,
): Promise<Environment> {
  const found = new Map<string, string>()
  const files: string[] = []
  for (const file of named ?? [join(directory, '.env')]) {
    const text = await reading.text(file, { optional: named === undefined })
    if (text === undefined) continue
    files.push(file)
    const dotenv = parseDotenv(text, (name) => given.get(name) ?? found.get(name))
    reportDotenv(dotenv, file, reading)
    for (const [name, value] of dotenv.variables) if (!/^\d/.test(name)) found.set(name, value)
  }
  return { variables: new Map([...found, ...given]), files }
}

/** Tells what is wrong in an environment file, with its lines. Values are not shown: they may be secrets. */
export function reportDotenv({ problems, unset }: Dotenv, file: string, reading: Reading): void {
  const source = (line: number): SourceLocation => ({ file, line, confidential: true })
  for (const { line, message } of problems) {
    reading.diagnostics.push(problem({ code: 'env_file_syntax', summary: message, source: source(line) }))
  }
  for (const { line, name } of unset) {
    const summary = `The variable ${name} is not set, and nothing stands in its place`
    reading.diagnostics.push(warning({ code: 'variable_unset', summary, source: source(line) }))
  }
}
