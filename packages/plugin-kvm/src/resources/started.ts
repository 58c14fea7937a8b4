import type { Change } from '@lares/core'

interface Startable {
  active: boolean
  autostart: boolean
}

/**
 * What is to be started, now and with the host, and is not: also where nobody said so, because a creation that was
 * interrupted leaves it so.
 */
export function startChanges(desired: Startable, observed: Startable, changes: readonly Change[]): Change[] {
  return (['autostart', 'active'] as const)
    .filter((key) => desired[key] && !observed[key] && !changes.some(({ path }) => path === key))
    .map((path) => ({ path, before: false, after: true, effect: 'live', cause: 'drifted' }))
}
