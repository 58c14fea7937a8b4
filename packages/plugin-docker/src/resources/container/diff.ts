import { type Change, type DiffContext, type Effect, equal, formatPath, MASK, UNKNOWN } from '@lares/core'
import { type ContainerSpec, canonicalImage, isLiveLimit, type ResourcesSpec } from '../../client/index.ts'
import { containsMarker, isMarker, partialSpec } from './options.ts'
import type { ContainerAttributes, ContainerInputs } from './schema.ts'

/** Which image a reference means: null when the engine has none. */
export interface Prepared {
  imageId: string | null
}
type Context = Pick<
  DiffContext<ContainerInputs, ContainerAttributes, Prepared>,
  'desired' | 'recorded' | 'observed' | 'prepared' | 'recordedPrepared'
>
type Option = keyof ContainerSpec
type Entries = Readonly<Record<string, unknown>>

/** Compared entry by entry; the others as a whole. */
const BY_ENTRY: ReadonlySet<Option> = new Set([
  ...(['env', 'labels', 'resources', 'sysctls', 'ulimits', 'storageOptions'] as const),
  ...(['healthcheck', 'logging', 'networks'] as const),
])

/** Everything about a container that is not as wanted, each with what it takes to change it. */
export function diffContainer(context: Context): Change[] {
  const { desired, recorded, observed } = context
  const wanted = partialSpec(desired)
  const before = partialSpec((recorded ?? {}) as Partial<ContainerInputs>)
  const { checks: _, ...said } = desired
  const isUndecided = containsMarker(said)
  const options = new Set([...keysOf(wanted.spec), ...keysOf(before.spec), ...wanted.opaque, ...before.opaque])
  options.delete('image')
  const changes = [...options].flatMap((option): Change[] => {
    if (wanted.opaque.includes(option)) return [undecided(option, observed[option])]
    const sides = { wanted: wanted.spec[option], observed: observed[option], recorded: before.spec[option] }
    if (BY_ENTRY.has(option)) return entryChanges(option, sides as Sides<Entries | undefined>, isUndecided)
    const wasSaid = sides.recorded !== undefined || before.opaque.includes(option)
    const isSame = sides.wanted === undefined && !wasSaid ? true : equal(sides.wanted, sides.observed)
    return isSame ? [] : [change([option], sides, before.opaque.includes(option))]
  })
  return [
    ...replacementChanges(observed),
    ...imageChanges(context),
    ...changes.map(withEffect(wanted.spec, observed)),
    ...stateChanges(desired, observed),
  ]
}

const keysOf = (spec: Partial<ContainerSpec>) => Object.keys(spec) as Option[]

interface Sides<T> {
  wanted: T
  observed: T
  recorded: T
}

function entryChanges(
  option: Option,
  { wanted, observed, recorded }: Sides<Entries | undefined>,
  isUndecided: boolean,
): Change[] {
  // The networks are all that are listed; of the rest, what nobody said is nobody's business.
  const others = option === 'networks' && wanted !== undefined ? Object.keys(observed ?? {}) : []
  const names = new Set([...Object.keys(wanted ?? {}), ...Object.keys(recorded ?? {}), ...others])
  return [...names].flatMap((name): Change[] => {
    const sides = { wanted: wanted?.[name], observed: observed?.[name], recorded: recorded?.[name] }
    const path = [option, name] as const
    if (isMarker(sides.wanted)) return [undecided(option, sides.observed, name)]
    // A former secret was hidden when it was read, because not all inputs were known then.
    if (isUndecided && sides.observed === MASK && sides.wanted !== undefined) return []
    return equal(sides.wanted, sides.observed) ? [] : [change(path, sides, containsMarker(sides.recorded))]
  })
}

function change(path: readonly string[], { wanted, observed, recorded }: Sides<unknown>, wasSecret: boolean): Change {
  const isHidden = wasSecret || observed === MASK
  return {
    path: formatPath(path),
    ...(observed === undefined || isHidden ? {} : { before: observed }),
    ...(wanted === undefined ? {} : { after: wanted }),
    ...(isHidden ? { secret: true } : {}),
    effect: 'replace',
    cause: equal(wanted, recorded) ? 'drifted' : wanted === undefined ? 'unset' : 'changed',
  }
}

const undecided = (option: Option, observed: unknown, name?: string): Change => ({
  path: formatPath(name === undefined ? [option] : [option, name]),
  ...(observed === undefined || observed === MASK ? {} : { before: observed }),
  after: UNKNOWN,
  effect: 'replace',
  cause: 'changed',
})

/** What can be changed without a new container, and why the rest cannot where that is not plain. */
function withEffect(wanted: Partial<ContainerSpec>, observed: ContainerAttributes): (change: Change) => Change {
  const live = (change: Change): Change => ({ ...change, effect: 'live' satisfies Effect })
  return (change) => {
    const [option, name] = change.path.split(/[.[]/) as [Option, string | undefined]
    if (option === 'restart') return live(change)
    if (option === 'resources' && name !== undefined) {
      if (isLiveLimit(name as keyof ResourcesSpec, change.after as never)) return live(change)
      return { ...change, note: 'the engine cannot change this while it runs' }
    }
    if (option === 'networks') return areJoinable(wanted, observed, change) ? live(change) : change
    return change
  }
}

/** Networks can be joined and left, except for what a container gets with its first one. */
function areJoinable(
  wanted: Partial<ContainerSpec>,
  observed: ContainerAttributes,
  { before, after }: Change,
): boolean {
  const sides = [wanted, observed as Partial<ContainerSpec>]
  const isNamed = sides.every(({ networks, networkMode }) => {
    const names = Object.keys(networks ?? {})
    return networkMode === undefined && !names.includes('bridge') && !names.includes('host')
  })
  const hasMac = [before, after].some((spec) => (spec as { macAddress?: string } | undefined)?.macAddress !== undefined)
  const cameOff = Object.keys(observed.networks ?? {}).length === 0 && Object.keys(observed.addresses).length === 0
  return isNamed && !hasMac && wanted.networks !== undefined && (observed.networks !== undefined || cameOff)
}

/** A tag that means another image now is a change as well, one name for the same image is none. */
function imageChanges({ desired, recorded, observed, prepared, recordedPrepared }: Context): Change[] {
  const effect = 'replace'
  if (containsMarker(desired.image)) return [undecided('image', observed.image)]
  const wanted = canonicalImage(desired.image)
  const before = observed.image
  const imageId = prepared?.imageId
  if (imageId === observed.imageId) return []
  const cause =
    typeof recorded?.['image'] === 'string' && canonicalImage(recorded['image']) === wanted ? 'drifted' : 'changed'
  if (before !== wanted) return [{ path: 'image', ...(before ? { before } : {}), after: wanted, effect, cause }]
  if (!imageId) return []
  const was = recordedPrepared?.imageId
  const note = `${wanted} is another image now`
  return [
    {
      path: 'imageId',
      before: observed.imageId,
      after: imageId,
      effect,
      cause: imageId === was ? 'drifted' : cause,
      note,
    },
  ]
}

/** One that is not to be started again, and did what it was for. */
export const isDone = (
  restart: unknown,
  { state, exitCode }: Pick<ContainerAttributes, 'state' | 'exitCode'>,
): boolean => restart === 'no' && state === 'exited' && exitCode === 0

function stateChanges({ restart }: Context['desired'], observed: ContainerAttributes): Change[] {
  const { state, exitCode, unfinished, id } = observed
  const isUp = state === 'running' || state === 'restarting' || isDone(restart, observed)
  if (isUp || unfinished === id) return []
  const effect = state === 'dead' || state === 'removing' ? 'replace' : 'restart'
  const note = state === 'exited' ? `it ended with code ${exitCode}` : 'it is not running'
  return [{ path: 'state', before: state, after: 'running', effect, cause: 'drifted', note }]
}

/** What an interrupted replacement left is put in order, whatever else is to be done. */
function replacementChanges({ unfinished, id }: ContainerAttributes): Change[] {
  if (unfinished === undefined) return []
  const note = unfinished === id ? 'an interrupted replacement is finished' : 'an interrupted replacement is undone'
  return [{ path: 'unfinished', before: unfinished, effect: 'live', cause: 'drifted', note }]
}
