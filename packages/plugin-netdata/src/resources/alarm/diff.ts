import { isDeepStrictEqual } from 'node:util'
import { type Change, type DiffContext, isUnknown } from '@lares/core'
import { alarmLines } from '../../client/formats/health/index.ts'
import { type AgentVersion, parseVersion } from '../../client/version.ts'
import { type Inputs, inputOf, inputs } from './inputs.ts'
import type { Attributes } from './state.ts'
import { alarmsIn, textOf } from './text.ts'

type Cause = Change['cause']

const hasUnknown = (value: unknown): boolean =>
  isUnknown(value) || (typeof value === 'object' && value !== null && Object.values(value).some(hasUnknown))

/** What differs, line by line where both sides are one alarm, else as text. */
export function alarmChanges({ desired, recorded, observed, diff }: DiffContext<Inputs, Attributes>): Change[] {
  const version = observed.version === undefined ? undefined : parseVersion(observed.version)
  if (hasUnknown(desired) || !version) return diff({ skip: ['loaded'] })
  const last = inputs.safeParse(recorded).data
  const causeOf = (isSame: boolean): Cause => (last !== undefined && isSame ? 'drifted' : 'changed')
  const changes = textChanges(desired, { observed, last, version, causeOf })
  if (observed.text !== undefined && observed.enabled !== desired.enabled)
    changes.push({
      ...{ path: 'enabled', before: observed.enabled, after: desired.enabled, effect: 'live' },
      cause: causeOf(last?.enabled === desired.enabled),
    })
  if (!observed.loaded && changes.length === 0)
    changes.push({ path: 'loaded', before: false, after: true, effect: 'live', cause: 'drifted' })
  return changes
}

interface Sides {
  readonly observed: Attributes
  readonly last: Inputs | undefined
  readonly version: AgentVersion
  causeOf(isSame: boolean): Cause
}

function textChanges(desired: Inputs, { observed, last, version, causeOf }: Sides): Change[] {
  const text = textOf(desired, version)
  if (observed.text === text) return []
  const before = last && lastText(last, version)
  const whole: Change = {
    path: desired.raw === undefined ? 'text' : 'raw',
    before: observed.text,
    after: text,
    effect: 'live',
    cause: causeOf(before === text),
  }
  if (desired.raw !== undefined || observed.text === undefined) return [whole]
  const [found, ...more] = alarmsIn(observed.text, version)
  const [wanted] = alarmsIn(text, version)
  if (!found || more.length > 0) return [whole]
  const [then] = before === undefined ? [] : alarmsIn(before, version)
  const changes = alarmLines.flatMap((field): Change[] => {
    const [after, seen] = [wanted![field], found[field]]
    if (isDeepStrictEqual(after, seen)) return []
    const isUnset = after === undefined && then?.[field] !== undefined
    const cause = isUnset ? 'unset' : causeOf(isDeepStrictEqual(then?.[field], after))
    return [{ path: inputOf(field, wanted!), before: seen, after, effect: 'live', cause }]
  })
  return changes.length > 0 ? changes : [whole]
}

/** What was applied last may be refused by the agent that is there now. */
function lastText(last: Inputs, version: AgentVersion): string | undefined {
  try {
    return textOf(last, version)
  } catch {
    return undefined
  }
}
