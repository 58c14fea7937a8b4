import { parsePath } from '@lares/core'
import type { PartChange } from './operations.ts'
import type { ComposeAttributes } from './schema.ts'

/** What `prepare` found to be done. */
export const plannedIn = (prepared: unknown): PartChange[] =>
  (prepared as { changes: PartChange[] } | undefined)?.changes ?? []

/** What was there when it was last applied and is gone was not wished away. */
export function withHistory(change: PartChange, recorded: ComposeAttributes | undefined): PartChange {
  if (change.action !== 'create' || !recorded || !wasThere(change, recorded)) return change
  return { ...change, cause: 'drifted', note: 'it is gone' }
}

function wasThere({ path }: PartChange, recorded: ComposeAttributes): boolean {
  const [kind, key = '', number = 1] = parsePath(path) as [string, string?, (string | number)?]
  if (kind === 'networks' || kind === 'volumes') return recorded[kind][key] !== undefined
  const { containers = [] } = (kind === 'services' && recorded.services[key]) || {}
  return containers.some((one) => one.number === Number(number))
}
