import { type AgentVersion, formatVersion, isAtLeast } from '../../version.ts'
import type { SyntaxProblem } from './syntax.ts'

/** The versions of the agent that know something: from `since`, and before `until`. */
export interface Lifetime {
  readonly since?: string
  readonly until?: string
  /** What has its place now. */
  readonly instead?: string
}

/** Why an agent of that version does not take it; undefined when it does. */
export function unknownTo(
  version: AgentVersion,
  what: string,
  { since, until, instead }: Lifetime,
): SyntaxProblem | undefined {
  const is = `the agent is ${formatVersion(version)}`
  if (since !== undefined && !isAtLeast(version, since))
    return {
      code: 'agent_too_old',
      reason: `${what} needs Netdata ${since}, and ${is}`,
      advice: 'Upgrade the agent, or leave it out.',
    }
  if (until !== undefined && isAtLeast(version, until)) {
    const advice = instead ?? 'Leave it out.'
    return { code: 'agent_too_new', reason: `Netdata ${until} and newer pass over ${what}, and ${is}`, advice }
  }
  return undefined
}

/** The generation of alarms: one per dimension of a template. */
export const foreachLifetime: Lifetime = { until: '1.45', instead: 'Write a template for each dimension, with of.' }
/** netdata#17165 */
export const dimensionOptions: Lifetime = { since: '1.45' }
/** netdata#17165 */
export const methodConditions: Lifetime = { since: '1.45' }
