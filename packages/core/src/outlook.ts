import type { ModelResource } from './model.ts'
import type { Observation } from './observe.ts'
import { isChange, type PlanNode } from './plan.ts'
import type { Work } from './reconcile.ts'
import type { Subject } from './subject.ts'

type Declared = Subject & { resource: ModelResource }

/** What has been decided so far. */
interface Decided {
  work: ReadonlyMap<string, Work>
  subjects: ReadonlyMap<string, Subject>
  /** Nodes that replace an object or make it again. */
  replaced: ReadonlyMap<string, PlanNode>
  /** What goes with a machine that is replaced. */
  gone: ReadonlySet<string>
}

/**
 * What was seen of a resource, as far as it will hold when its turn comes: what is on a machine that is replaced goes with
 * it, and what did not answer may do so once its guest runs or its engine is installed.
 */
export function outlookOf(subject: Declared, seen: Observation, decided: Decided): Observation {
  const { address, resource, record } = subject
  const later = (on: string[]): Observation => ({ status: 'unknown', waitsFor: on, diagnostics: [] })
  if (decided.gone.has(address)) return later([resource.on!])
  const isSilent = seen.status === 'failed' || seen.status === 'unreachable'
  // What is recorded elsewhere and does not answer may be there still.
  if (isRenewed(resource.on, decided) && !(record && isSilent))
    return { ...later([resource.on]), ...(seen.former ? { former: seen.former } : {}) }
  const awaited = isSilent ? bringersOf(subject, seen, decided) : []
  return awaited.length > 0 ? { ...seen, ...later(awaited) } : seen
}

/** A machine that is replaced, or is on one: what was seen on it says nothing of what will be there. */
function isRenewed(address: string | undefined, decided: Decided): address is string {
  const subject = address === undefined ? undefined : decided.subjects.get(address)
  if (!subject) return false
  const isReplaced =
    decided.replaced.get(subject.address)?.action === 'replace' && subject.type?.provides?.destroysContents
  return isReplaced || isRenewed(subject.resource?.on, decided)
}

/** What this plan does that may make it answer: a guest gets its address, a package brings the engine. */
function bringersOf({ address, resource, record }: Declared, seen: Observation, { work }: Decided): string[] {
  const host = resource.on === undefined ? undefined : work.get(resource.on)?.node
  if (host?.blocked) return []
  if (host && host.action !== 'none' && seen.waitsFor.includes(host.id)) return [host.id]
  // A machine that gives a connection itself says that it has none to give, and what powers it may change that.
  if (seen.waitsFor.includes(address))
    return resource.refs.filter((other) => {
      const node = work.get(other)?.node
      return node !== undefined && isChange(node)
    })
  // What is recorded has been reached before, so that nothing new can be what it lacks.
  if (record) return []
  if (host && host.waitsFor.length > 0) return [host.id]
  return resource.dependencies.filter((other) => {
    const node = work.get(other)?.node
    return node !== undefined && node.on === resource.on && isChange(node)
  })
}
