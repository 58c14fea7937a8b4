import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const file = join(import.meta.dirname, 'full-run.log')

/** What the log says of boundaries that were struck and got over, by passage. */
export function struckBefore(): ReadonlyMap<string, ReadonlySet<string>> {
  const rounds = [...readFileSync(file, 'utf8').matchAll(/^([a-z ]+): (.+ (?:before|after)) -> ok /gm)]
  const passages = Map.groupBy(rounds, ([, passage = '']) => passage)
  return new Map([...passages].map(([passage, all]) => [passage, new Set(all.map(([, , boundary = '']) => boundary))]))
}

export const writeLog = (line: string): void => appendFileSync(file, `${line}\n`)

export const beginLog = (): void => writeFileSync(file, '')
