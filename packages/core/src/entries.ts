import type { ExecuteInput } from './execute.ts'
import { type Action, isSuperseded } from './plan.ts'
import type { Work } from './reconcile.ts'
import { defined, makeRecord } from './record.ts'
import type { Lookup } from './ref.ts'
import type { ResourceType } from './resource.ts'
import type { JournalEntry, ResourceRecord } from './state.ts'
import { equal, type Json } from './value.ts'

type Attributes = Record<string, unknown>

/** What the journal says of what is done. */
export interface Entries {
  /** A record may have changed since the plan was made: what it is on was renamed. */
  currentOf(address: string): ResourceRecord | undefined
  /** The record of the object that a node makes or changes. */
  recordOf(
    item: Work,
    identity: string,
    scope: string | undefined,
    attributes: Attributes,
    prepared: Json | undefined,
  ): ResourceRecord
  /** Writes a record where it belongs, from where it was before. */
  recorded(item: Work, record: ResourceRecord, op?: 'begin' | 'end'): JournalEntry[]
  /** What makes it as if a creation had not begun: what was recorded before of an object that was finished, or nothing. */
  undo(item: Work): JournalEntry[]
  /** What a replacement records of the object that the node `id` deletes later. */
  depose(id: string, item: Work, former: ResourceRecord, attributes: Attributes): Partial<ResourceRecord>
  /** The record of the object that a node deletes. */
  goneOf(id: string, record: ResourceRecord): ResourceRecord
  /** The records after an object that was superseded is gone, and with it all that was inside. */
  afterSuperseded(id: string, address: string, gone: ResourceRecord, type: ResourceType): JournalEntry[]
  /** What was on a machine that no longer exists is no longer recorded. */
  contentsGone(address: string, type: ResourceType): JournalEntry[]
  /** What is on a machine that is made anew was seen on its former one, which proves nothing about the new one. */
  contentsUnseen(address: string, type: ResourceType): JournalEntry[]
}

/** `outcome`: what an undecided node turned out to be. */
export function createEntries(env: ExecuteInput, lookup: Lookup, outcome: (id: string) => Action | undefined): Entries {
  const { session, key, redactor } = env
  /** What replacements have recorded of the objects they supersede, by the node that deletes them. */
  const deposed = new Map<string, ResourceRecord>()
  const companions = Map.groupBy(env.work.values(), ({ node }) => (isSuperseded(node) ? node.goneWith : undefined))
  return { currentOf, recordOf, recorded, undo, depose, goneOf, afterSuperseded, contentsGone, contentsUnseen }

  function currentOf(address: string): ResourceRecord | undefined {
    return session.state.resources[address] ?? session.state.kept[address]
  }

  function recordOf(
    item: Work,
    identity: string,
    scope: string | undefined,
    attributes: Attributes,
    prepared: Json | undefined,
  ): ResourceRecord {
    const { node, subject, observation } = item
    const resource = subject.resource!
    const before = session.state.resources[node.address] ?? item.facts?.subject.record
    const record = makeRecord({ resource, identity, scope, attributes, prepared, before }, lookup, key, redactor)
    const taken =
      item.facts &&
      !item.facts.subject.record &&
      observation.attributes &&
      (node.action === 'adopt' || node.action === 'update')
    const asserted = resource.type.ownership === 'asserted'
    const anew = isAnew(item, attributes)
    return {
      ...record,
      ...(anew ? { adopted: undefined, formerly: undefined } : {}),
      ...(taken ? { adopted: true, ...(asserted ? { found: true } : {}) } : {}),
      ...(node.from === undefined || anew ? {} : { formerly: [...new Set([...(record.formerly ?? []), node.from])] }),
    } as ResourceRecord
  }

  /** True when nothing of a former object is left that could need proof of being ours. A swap may keep it, with its mark. */
  function isAnew({ node, subject }: Work, attributes: Attributes): boolean {
    const action = outcome(node.id) ?? node.action
    if (action !== 'replace' || node.order !== 'swap') return action === 'create' || action === 'replace'
    const mark = subject.type?.owner?.(attributes as never)
    return mark?.lab === subject.owner.lab && mark.address === node.address
  }

  function recorded({ node }: Work, record: ResourceRecord, op: 'begin' | 'end' = 'end'): JournalEntry[] {
    const clean = defined(record) as ResourceRecord
    const { from, address } = node
    if (from !== undefined && session.state.resources[from]) return [{ op: 'move', from, address, record: clean }]
    return [{ op, address, record: clean }]
  }

  function undo({ node: { address, from } }: Work): JournalEntry[] {
    const { [address]: record } = session.state.resources
    const { [address]: kept } = session.state.kept
    // What was moved has its new address for good.
    if (from !== undefined || record?.deposed) return []
    if (kept) return [{ op: 'keep', address, record: kept }]
    return [{ op: 'end', address, record: record && record.pending !== 'create' ? record : null }]
  }

  function depose(id: string, item: Work, former: ResourceRecord, attributes: Attributes): Partial<ResourceRecord> {
    const { from } = item.node
    const { deposed: earlier = [], ...own } = settled(former)
    const old: ResourceRecord = {
      ...own,
      attributes: recordOf(item, own.identity, own.scope, attributes, undefined).attributes,
      ...(from === undefined ? {} : { formerly: [...(own.formerly ?? []), from] }),
    }
    deposed.set(id, old)
    return { deposed: [...earlier, old] }
  }

  function afterSuperseded(id: string, address: string, gone: ResourceRecord, type: ResourceType): JournalEntry[] {
    const contents = session.state.resources[address]?.deposed ? [] : contentsGone(address, type)
    const taken = takenWith(id)
      .filter(({ node }) => session.state.resources[node.address]?.deposed)
      .map(({ node, record }) => ({ address: node.address, gone: goneOf(node.id, record!) }))
    const byAddress = Map.groupBy([{ address, gone }, ...taken], (one) => one.address)
    return [
      ...[...byAddress].map(([other, all]) =>
        withoutDeposed(
          other,
          all.map((one) => one.gone),
        ),
      ),
      ...contents,
    ]
  }

  /** A record without some of its deposed objects, or none at all. */
  function withoutDeposed(address: string, gone: readonly ResourceRecord[]): JournalEntry {
    const current = session.state.resources[address]
    if (!current?.deposed) return { op: 'end', address, record: null }
    const left = current.deposed.filter((old) => !gone.some((one) => equal(old, one)))
    const { deposed: _, ...rest } = current
    return { op: 'end', address, record: left.length > 0 ? { ...rest, deposed: left } : rest }
  }

  /** What needs no deletion of its own, because the node's object takes it along. */
  function takenWith(id: string): Work[] {
    return (companions.get(id) ?? []).flatMap((item) => [item, ...takenWith(item.node.id)])
  }

  function goneOf(id: string, record: ResourceRecord): ResourceRecord {
    return deposed.get(id) ?? record
  }

  function contentsGone(address: string, type: ResourceType): JournalEntry[] {
    return type.provides?.destroysContents ? contentsWith(address, () => null) : []
  }

  function contentsUnseen(address: string, type: ResourceType): JournalEntry[] {
    return type.provides ? contentsWith(address, ({ scope: _, ...record }) => record) : []
  }

  function contentsWith(address: string, change: (record: ResourceRecord) => ResourceRecord | null): JournalEntry[] {
    const { resources, kept } = session.state
    return [
      ...Object.keys(resources).map((other) => ({ op: 'end', address: other }) as const),
      ...Object.keys(kept).map((other) => ({ op: 'keep', address: other }) as const),
    ]
      .filter((entry) => isInside(entry.address, address))
      .map((entry) => ({ ...entry, record: change(currentOf(entry.address)!) }))
  }

  function isInside(address: string, host: string): boolean {
    for (let on = currentOf(address)?.on; on !== undefined; on = currentOf(on)?.on) if (on === host) return true
    return false
  }
}

/** A record of which nothing is under way. */
export const settled = ({ pending: _, absent: __, ...record }: ResourceRecord): ResourceRecord => record
