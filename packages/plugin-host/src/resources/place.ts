import type { Change } from '@lares/core'
import * as z from 'zod'
import type { PathState } from '../client/paths.ts'

/** Schemas and comparisons that files, directories and links have in common. */
export const pathInput = z
  .string()
  .regex(
    /^(\/(?!\.{1,2}(\/|$))[^/\\\p{Cc}]+)+$/u,
    'Expected an absolute path, without "..", a slash at the end, backslashes and control characters',
  )

const name = z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9_.@$-]*$/, 'Expected a name or a number')

export const accessInputs = {
  mode: z
    .string({ error: 'Expected octal digits in quotes, such as "0644"' })
    .regex(/^[0-7]{3,4}$/, 'Expected octal digits in quotes, such as "0644"')
    .optional()
    .describe('Permission bits, octal and in quotes: `"0640"`'),
  owner: name.optional().describe('User that it belongs to, by name or number'),
  group: name.optional().describe('Group that it belongs to, by name or number'),
}

export const accessAttributes = {
  mode: z.string().describe('Four octal digits'),
  owner: z.string(),
  uid: z.number(),
  group: z.string(),
  gid: z.number(),
}
export type Access = z.output<z.ZodObject<typeof accessInputs>>

export const accessOf = ({ mode, owner, uid, group, gid }: PathState) => ({ mode, owner, uid, group, gid })

/** Desired inputs as an observation would spell them, so that `644` is `0644` and `0` is `root`. */
export function asObserved<T extends Access>(
  desired: T,
  observed: Pick<PathState, 'owner' | 'uid' | 'group' | 'gid'>,
): T {
  const spelled = (wanted: string | undefined, name: string, id: number) => (wanted === String(id) ? name : wanted)
  const { mode, owner, group } = desired
  return {
    ...desired,
    ...(typeof mode === 'string' ? { mode: mode.padStart(4, '0') } : {}),
    ...(owner === undefined ? {} : { owner: spelled(owner, observed.owner, observed.uid) }),
    ...(group === undefined ? {} : { group: spelled(group, observed.group, observed.gid) }),
  }
}

/** Only what of mode, owner and group differs. */
export function accessIn(changes: readonly Change[], inputs: Access): Access {
  const changed = (path: string) => changes.some((change) => change.path === path)
  const { mode, owner, group } = inputs
  return {
    ...(changed('mode') && mode !== undefined ? { mode } : {}),
    ...(changed('owner') && owner !== undefined ? { owner } : {}),
    ...(changed('group') && group !== undefined ? { group } : {}),
  }
}
