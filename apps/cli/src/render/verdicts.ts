import type { ResourceStatus } from '@lares/core'
import type { Style } from '../style.ts'

interface Look {
  mark: string
  tone: keyof Style
  /** As it is counted. */
  noun: string
}

/** What there is to say of a resource in one word, the best first. What apply would do has the sign that it has in a plan. */
export const verdicts = {
  well: { mark: 'ok', tone: 'good', noun: 'well' },
  stopped: { mark: 'off', tone: 'faint', noun: 'stopped' },
  starting: { mark: '...', tone: 'change', noun: 'starting' },
  degraded: { mark: '!', tone: 'warning', noun: 'degraded' },
  down: { mark: 'BAD', tone: 'error', noun: 'down' },
  missing: { mark: 'BAD', tone: 'error', noun: 'gone' },
  failed: { mark: 'BAD', tone: 'error', noun: 'not read' },
  unreachable: { mark: '?', tone: 'warning', noun: 'not reached' },
  untold: { mark: '?', tone: 'warning', noun: 'unknown' },
  foreign: { mark: '?', tone: 'warning', noun: 'not of this lab' },
  absent: { mark: '+', tone: 'create', noun: 'not made yet' },
  leaving: { mark: '-', tone: 'destroy', noun: 'no longer declared' },
  kept: { mark: '=', tone: 'keep', noun: 'kept' },
} as const satisfies Record<string, Look>

export type Verdict = keyof typeof verdicts

const ofHealth = {
  healthy: 'well',
  starting: 'starting',
  degraded: 'degraded',
  down: 'down',
  unknown: 'untold',
} as const

export function verdictOf({ status, declared, kept, health, stopped }: ResourceStatus): Verdict {
  if (stopped !== undefined && status !== 'missing') return 'stopped'
  if (status === 'unknown') return 'absent'
  if (status !== 'present') return status
  if (!declared) return kept ? 'kept' : 'leaving'
  return health ? ofHealth[health.state] : 'well'
}

/** Something that somebody should look after. */
export const isTrouble = (resource: ResourceStatus): boolean =>
  (['degraded', 'down', 'missing'] as readonly Verdict[]).includes(verdictOf(resource)) ||
  (resource.health?.alerts.length ?? 0) > 0
