import { type Change, type DiffContext, formatPath, isUnknown, UNKNOWN } from '@lares/core'
import { netdataConf, parseVersion, type Sections } from '../../client/index.ts'
import { type Inputs, inputs, optionsOf } from './inputs.ts'
import type { Attributes } from './state.ts'

/** Stands for what is not known yet until it is text. */
const PLACEHOLDER = '\u0001'

function known(value: unknown): unknown {
  if (isUnknown(value)) return PLACEHOLDER
  if (Array.isArray(value)) return value.map(known)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, known(each)]))
}

/** What differs, in the words of netdata.conf, and in what the agent is besides. */
export function agentChanges({ desired, recorded, observed }: DiffContext<Inputs, Attributes>): Change[] {
  const version = observed.version === undefined ? undefined : parseVersion(observed.version)
  const drifted = (path: string, before: unknown, after: unknown, effect: Change['effect']): Change => ({
    ...{ path, before, after, effect },
    cause: 'drifted',
  })
  const last = inputs.safeParse(recorded)
  const wanted = version && netdataConf(optionsOf(known(desired) as Inputs), version)
  const before = version && last.success ? netdataConf(optionsOf(last.data), version) : undefined
  const isRecorded = recorded !== undefined
  return [
    ...(wanted ? settingChanges(wanted, observed.settings, before) : []),
    ...(observed.ignored.length > 0 ? [drifted('ignored', observed.ignored, [], 'restart')] : []),
    ...(observed.cloned ? [drifted('guid', observed.guid, UNKNOWN, 'restart')] : []),
    ...(observed.running ? [] : [drifted('running', false, true, 'restart')]),
    ...(observed.running && !observed.loaded ? [drifted('loaded', false, true, 'restart')] : []),
    ...(observed.enabled || observed.container !== undefined ? [] : [drifted('enabled', false, true, 'live')]),
    ...(observed.telemetry === desired.telemetry
      ? []
      : [
          {
            ...drifted('telemetry', observed.telemetry, desired.telemetry, 'restart'),
            cause:
              isRecorded && recorded['telemetry'] === desired.telemetry ? ('drifted' as const) : ('changed' as const),
          },
        ]),
  ]
}

function settingChanges(wanted: Sections, found: Sections, last: Sections | undefined): Change[] {
  const sections = new Set([...Object.keys(wanted), ...Object.keys(found)])
  return [...sections].flatMap((section) => {
    const [to = {}, from = {}] = [wanted[section], found[section]]
    return [...new Set([...Object.keys(to), ...Object.keys(from)])].flatMap((option): Change[] => {
      const [after, before] = [to[option], from[option]]
      if (after === before) return []
      const isUnknownYet = after?.includes(PLACEHOLDER)
      const cause = last && last[section]?.[option] === after ? 'drifted' : 'changed'
      const path = formatPath(['settings', section, option])
      return [{ path, before, after: isUnknownYet ? UNKNOWN : after, effect: 'restart', cause }]
    })
  })
}
