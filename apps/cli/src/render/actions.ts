import type { ResourceType } from '@lares/core'
import type { Style } from '../style.ts'
import { table } from './table.ts'

/** What can be done with resources of a type, each action with its options. */
export function renderActions({ type, actions = {} }: ResourceType, style: Style): string {
  const names = Object.keys(actions)
  if (names.length === 0) return `${type} has no actions.\n`
  const rows = Object.entries(actions).flatMap(([name, { description, options, words }]) => [
    [`  ${style.strong(name)}${words ? ` -- ${words}` : ''}`, description],
    ...Object.entries<{ description?: string }>(options?.shape ?? {}).map(([option, schema]) => [
      style.faint(`    --${option}`),
      style.faint(schema.description ?? ''),
    ]),
  ])
  return `Actions of ${type}:\n\n${table(rows)}`
}
