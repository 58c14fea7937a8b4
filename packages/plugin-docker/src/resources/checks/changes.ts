import { type Change, type DiffContext, equal, isUnknown } from '@lares/core'

type Context = Pick<DiffContext<{ checks?: unknown }, never>, 'desired' | 'recorded' | 'diff'>

/** Other checks touch no container. What they say is not shown: it may be secret. */
export const checkChanges = ({ desired, recorded, diff }: Context): Change[] =>
  // An update that was interrupted left nothing of them to be done.
  (equal(desired.checks, recorded?.['checks']) ? [] : diff())
    .filter(({ path }) => path === 'checks')
    .map(({ cause, after }) => ({
      ...{ path: 'checks', effect: 'live', cause, note: 'no container is touched' },
      ...(isUnknown(after) ? { after } : {}),
    }))
