import { type Change, type DiffContext, equal, isUnknown, parseSize, UNKNOWN } from '@lares/core'
import { parseXml } from '../../client/index.ts'
import { diffDisks } from './diff-disks.ts'
import { diffInterfaces } from './diff-interfaces.ts'
import { fields, type Tree, valueIn } from './fields.ts'
import { UNWRITTEN } from './metadata.ts'
import type { Prepared } from './prepare.ts'
import { covers, parseFragment } from './raw-xml.ts'
import type { DomainAttributes, DomainInputs } from './schema.ts'
import { settingsOf } from './wanted.ts'

export type Context = DiffContext<DomainInputs, DomainAttributes, Prepared>

/** What of a guest differs from what was set, and how much each difference disturbs it. */
export function diffDomain(context: Context): Change[] {
  const { desired, set, observed, recorded } = context
  const changes: Change[] = [
    ...diffFields(context),
    ...diffDisks(context),
    ...diffInterfaces(context),
    ...diffLists(context),
    ...diffXml(context),
    ...diffSeed(context),
  ]
  for (const path of ['autostart', 'running'] as const)
    if (set[path] !== undefined && desired[path] !== observed[path])
      changes.push({
        path,
        before: observed[path],
        after: isUnknown(desired[path]) ? UNKNOWN : desired[path],
        effect: path === 'running' && observed.running ? 'restart' : 'live',
        cause: recorded && equal(recorded[path], desired[path]) ? 'drifted' : 'changed',
      })
  if (observed.pending !== undefined) changes.push(unfinished(observed.pending, observed.running))
  // What a guest that is off is changed in does not stop it.
  return observed.running
    ? changes
    : changes.map((change) => (change.effect === 'restart' ? { ...change, effect: 'live' } : change))
}

/** What an interrupted run left to do. */
const unfinished = (pending: NonNullable<DomainAttributes['pending']>, running: boolean): Change => ({
  path: 'pending',
  before: pending,
  effect: pending === 'replace' ? 'replace' : pending === 'restart' && running ? 'restart' : 'live',
  cause: 'drifted',
  note: {
    create: 'its creation was interrupted',
    start: 'its first start was interrupted',
    replace: 'its replacement was interrupted',
    restart: 'it runs as it was before a change',
  }[pending],
})

function diffFields({ set, observed, recorded }: Context): Change[] {
  const wanted = settingsOf(set)
  const before = recorded && settingsOf(recorded)
  return fields.flatMap(({ path, live }): Change[] => {
    const after = valueIn(wanted, path)
    if (after === undefined) return []
    const seen = valueIn(observed, path)
    if (isSettled(path, after, seen)) return []
    return [
      {
        path,
        ...(seen === undefined ? {} : { before: seen }),
        after: isUnknown(after) ? UNKNOWN : after,
        effect: live && isWithin(path, after, seen, observed) ? 'live' : 'restart',
        cause: before && equal(valueIn(before, path), after) ? 'drifted' : 'changed',
      },
    ]
  })
}

function isSettled(path: string, after: unknown, seen: unknown): boolean {
  if (path === 'machine' && typeof seen === 'string') return isMachine(seen, String(after))
  // Only what is named is compared: the hypervisor adds features, and there are defaults.
  if (path === 'cpu.features' || path === 'watchdog')
    return (
      seen !== undefined &&
      Object.entries(after as Tree).every(([name, policy]) => (seen as Tree | undefined)?.[name] === policy)
    )
  return equal(after, seen)
}

/** `q35` stands for the newest of its kind at the time of the definition. */
const isMachine = (found: string, wanted: string): boolean =>
  found === wanted ||
  (wanted === 'q35' && /^pc-q35-/.test(found)) ||
  (wanted === 'pc' && /^pc-i440fx-/.test(found)) ||
  (/^[a-z]+$/.test(wanted) && found.startsWith(`${wanted}-`))

/** A running guest takes more only up to its maximum; processors are not taken away from it. */
function isWithin(path: string, after: unknown, seen: unknown, { maxMemory, maxVcpus }: DomainAttributes): boolean {
  if (isUnknown(after)) return false
  if (path === 'memory') return parseSize(after as string) <= parseSize(maxMemory)
  if (path === 'vcpus') return (after as number) > (seen as number) && (after as number) <= maxVcpus
  return true
}

const said = <T extends object>(one: T): Partial<T> =>
  Object.fromEntries(Object.entries(one).filter(([, value]) => value !== undefined)) as Partial<T>

/** Lists that are what they are as a whole. */
function diffLists({ set, desired, observed, recorded, prepared }: Context): Change[] {
  const changes: Change[] = []
  const compare = (path: string, after: unknown, before: unknown, settled: boolean) => {
    if (settled) return
    const cause = recorded && equal(valueIn(recorded, path), valueIn(set, path)) ? 'drifted' : 'changed'
    changes.push({ path, before, after: containsUnknown(after) ? UNKNOWN : after, effect: 'restart', cause })
  }
  for (const kind of ['pci', 'usb'] as const) {
    const wanted = desired.hostDevices?.[kind]
    const found = observed.hostDevices[kind]
    if (wanted) compare(`hostDevices.${kind}`, wanted, found, equal([...wanted].sort(), [...found].sort()))
  }
  if (set['filesystems'] !== undefined)
    compare(
      'filesystems',
      desired.filesystems,
      observed.filesystems,
      sameList(desired.filesystems ?? [], observed.filesystems),
    )
  if (set['graphics'] !== undefined) {
    const shown = (desired.graphics ?? []).map(({ password: _, ...rest }) => rest)
    compare('graphics', shown, observed.graphics, sameList(shown, observed.graphics) && !prepared?.otherPasswords)
  }
  return changes
}

export const containsUnknown = (value: unknown): boolean =>
  isUnknown(value) ||
  (typeof value === 'object' && value !== null && Object.values(value).some((each) => containsUnknown(each)))

/** Equal as far as is said. */
const sameList = (wanted: readonly object[], found: readonly object[]): boolean =>
  wanted.length === found.length &&
  wanted.every((one, index) =>
    Object.entries(said(one)).every(([key, value]) => equal((found[index] as Tree)[key], value)),
  )

function diffXml({ set, desired, observed, recorded }: Context): Change[] {
  const { xml } = desired
  if (xml === undefined || set['xml'] === undefined) return []
  if (isUnknown(xml)) return [{ path: 'xml', after: UNKNOWN, effect: 'restart', cause: 'changed' }]
  if (covers(parseXml(observed.document), parseFragment(xml))) return []
  const cause = recorded?.['xml'] === xml ? 'drifted' : 'changed'
  return [{ path: 'xml', after: xml, effect: 'restart', cause }]
}

/** What cloud-init was given, compared by its digest. */
function diffSeed({ desired, observed, prepared }: Context): Change[] {
  const wanted = prepared?.seed
  const onChange = desired.cloudInit?.onChange
  if (wanted === undefined || onChange === undefined || observed.pending === 'create') return []
  if (observed.seed === UNWRITTEN)
    return [{ path: 'cloudInit', after: wanted, effect: 'restart', cause: 'drifted', note: 'it was not written' }]
  if (onChange === 'ignore' || observed.seed === wanted) return []
  return [
    {
      path: 'cloudInit',
      ...(observed.seed === undefined ? {} : { before: observed.seed }),
      after: wanted,
      effect: onChange === 'replace-guest' ? 'replace' : 'restart',
      cause: 'changed',
      note: onChange === 'replace-guest' ? 'as cloudInit.onChange says' : 'cloud-init runs again',
    },
  ]
}
