import type { Change, Claim } from '@lares/core'
import { ruleName } from '../client/index.ts'

/** One rule is of one resource alone, be it a list of rules or one by itself: two would change it back and forth. */
export const ruleClaim = (tunnel: string, rule: Parameters<typeof ruleName>[0]): Claim => ({
  kind: 'rule of a tunnel',
  scope: 'connection',
  key: `${ruleName(rule)} (${tunnel})`,
})

/** Somebody put rules before ours that take their requests away. */
export const shadowChanges = (shadowedBy: readonly string[]): Change[] =>
  shadowedBy.length === 0
    ? []
    : [
        {
          path: 'shadowedBy',
          before: shadowedBy,
          after: [],
          effect: 'live',
          cause: 'drifted',
          note: 'rules before it take its requests away',
        },
      ]
