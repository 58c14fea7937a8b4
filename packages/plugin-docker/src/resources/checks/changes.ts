import { type Change, type DiffContext, isUnknown } from '@lares/core'

/** Other checks touch no container. What they say is not shown: it may be secret. */
export const checkChanges = ({ diff }: Pick<DiffContext<never, never>, 'diff'>): Change[] =>
  diff()
    .filter(({ path }) => path === 'checks')
    .map(({ cause, after }) => ({
      ...{ path: 'checks', effect: 'live', cause, note: 'no container is touched' },
      ...(isUnknown(after) ? { after } : {}),
    }))
