import { type Claim, parsePath } from '@lares/core'
import { portClaims } from '../container/claims.ts'
import type { PartChange } from './operations.ts'
import type { ComposeAttributes, ComposeInputs } from './schema.ts'

/** What `prepare` finds, and state records. */
export interface Prepared {
  changes: PartChange[]
  /** Where its containers are published on their host: `0.0.0.0:8080/tcp`. */
  ports: string[]
}

/** The ports that a project takes on its host, as far as its files have been read. */
export const claimsOf = (_: ComposeInputs, prepared?: Prepared): Claim[] => portClaims(prepared?.ports ?? [])

/** What was there when it was last applied and is gone was not wished away. `recorded` is empty while it is being made. */
export function withHistory(change: PartChange, recorded: Partial<ComposeAttributes> = {}): PartChange {
  if (change.action !== 'create' || !wasThere(change, recorded)) return change
  return { ...change, cause: 'drifted', note: 'it is gone' }
}

function wasThere({ path }: PartChange, { services, networks, volumes }: Partial<ComposeAttributes>): boolean {
  const [kind, key = '', number = 1] = parsePath(path) as [string, string?, (string | number)?]
  if (kind === 'networks') return networks?.[key] !== undefined
  if (kind === 'volumes') return volumes?.[key] !== undefined
  return services?.[key]?.containers.some((one) => one.number === Number(number)) ?? false
}
