import { lossesOf } from './decide.ts'
import { reachable, reverse } from './graph.ts'
import type { ReconcileInput } from './reconcile.ts'
import type { ResourceType } from './resource.ts'
import type { ResourceRecord } from './state.ts'
import { addressFinder, recordsOf, type Subject } from './subject.ts'

/** What is on the machines of a lab, and which data goes with them. */
export interface Contents {
  /** Addresses of removed objects that stay, by what was decided so far. */
  kept: Set<string>
  onOf(subject: Subject): string | undefined
  /** What is recorded to be on a machine itself. */
  recordedOn(address: string): string[]
  /** The same, at any depth. */
  recordedInside(address: string): string[]
  /** What stays, and with it the machine that it is on. */
  keptOn(address: string): string[]
  /** Whether the data of an object, or of a part of it, may be lost. */
  mayLoseOf(address: string): (part?: string) => boolean
  /** The data on a machine that would go with it, of what was kept, too. */
  statefulInside(address: string): string[]
  /** The nearest container that is removed together with everything on it. */
  goneWith(subject: Subject): string | undefined
}

type Input = Pick<ReconcileInput, 'subjects' | 'observations' | 'state' | 'options'>

export function createContents(
  { subjects, observations, state, options }: Input,
  selected: ReadonlySet<string>,
): Contents {
  const destroying = options.mode === 'destroy'
  const mayLose = new Set(options.allowDataLoss)
  const nowOf = addressFinder(subjects)
  const onOf = ({ resource, record }: Subject) => (resource ? resource.on : nowOf(record?.on))
  const wanted = containment(subjects, (subject) => [onOf(subject)])
  const recorded = containment(subjects, (subject) => recordsOf(subject).map(({ on }) => nowOf(on)))
  const kept = new Set(Object.keys(state.kept).filter(isStillKept))
  return {
    kept,
    onOf,
    recordedOn: recorded.on,
    recordedInside: recorded.inside,
    keptOn,
    mayLoseOf,
    statefulInside,
    goneWith,
  }

  function keptOn(address: string): string[] {
    const before = Object.entries(state.kept).filter(([other, { on }]) => nowOf(on) === address && kept.has(other))
    const now = recorded.on(address).filter((other) => kept.has(other))
    return [...new Set([...now, ...before.map(([other]) => other)])]
  }

  function statefulInside(address: string): string[] {
    const inside = new Set([...wanted.inside(address), ...recorded.inside(address)])
    const hosts = new Set<string | undefined>([address, ...inside])
    const keptInside = Object.keys(state.kept).filter(
      (other) => isStillKept(other) && hosts.has(nowOf(state.kept[other]!.on)),
    )
    const others = [...inside].flatMap((other) => {
      const { resource, type, record, displaced, displacedType } = subjects.get(other)!
      const observation = observations.get(other)
      const seen = observation?.former ?? observation
      const losses = (of: ResourceType, attributes: Record<string, unknown> | undefined) =>
        lossesOf(of, other, attributes, mayLoseOf(other))
      const displacedLosses = (old: ResourceRecord) =>
        !hosts.has(nowOf(old.on)) || mayLose.has(other)
          ? []
          : displacedType
            ? losses(displacedType, old.attributes)
            : [other]
      const lost = displaced ? displacedLosses(displaced) : []
      if (seen?.status === 'absent' && record?.parts)
        lost.push(...record.parts.filter((part) => !mayLose.has(`${other}/${part}`)).map((part) => `${other}/${part}`))
      if (!type || seen?.status === 'absent' || !hosts.has(record ? nowOf(record.on) : resource?.on)) return lost
      // Without a record, as when the state was lost, what is out there counts all the same.
      if (!record && (!seen || seen.status === 'unknown')) return lost
      const recorded = record?.pending === 'create' ? undefined : record?.attributes
      return [...lost, ...losses(type, seen?.attributes ?? recorded)]
    })
    return [...new Set([...others, ...keptInside])]
  }

  function mayLoseOf(address: string): (part?: string) => boolean {
    return (part) => mayLose.has(part === undefined ? address : `${address}/${part}`)
  }

  function goneWith(subject: Subject): string | undefined {
    for (let on = onOf(subject); on !== undefined; ) {
      const host = subjects.get(on)
      if (!host?.record || (host.resource && !destroying) || !selected.has(on)) return undefined
      // Whatever is kept inside keeps the host, and then its other contents are deleted one by one.
      const stays = recorded.inside(on).some(willBeKept) || (host.type?.stateful === true && willBeKept(on))
      if (host.type?.provides?.destroysContents && !stays) return on
      on = onOf(host)
    }
    return undefined
  }

  function willBeKept(address: string): boolean {
    const { type, record } = subjects.get(address)!
    const seen = observations.get(address)
    if (kept.has(address)) return true
    if (!type) return false
    if (seen?.status === 'absent') return record?.parts?.every(mayLoseOf(address)) === false
    return lossesOf(type, address, seen?.attributes ?? record?.attributes, mayLoseOf(address)).length > 0
  }

  function isStillKept(address: string): boolean {
    const { parts } = state.kept[address]!
    return parts ? !parts.every(mayLoseOf(address)) : !mayLose.has(address)
  }
}

function containment(subjects: ReadonlyMap<string, Subject>, hostsOf: (subject: Subject) => (string | undefined)[]) {
  const contents = reverse(subjects.keys(), (address) =>
    hostsOf(subjects.get(address)!).filter((on) => on !== undefined),
  )
  return {
    on: (address: string) => [...contents(address)],
    inside: (address: string) => [...reachable(contents(address), contents)],
  }
}
