import type { Json, JsonObject } from './value.ts'

/** The version of the state format that this core writes; older ones are migrated when they are read. */
export const STATE_VERSION = 1

/** What was last recorded of one object. Refs in it are resolved; secrets are HMACs with their sources. */
export interface ResourceRecord {
  type: string
  /** The npm package that can read, change and delete it, and the version of the type's records. */
  plugin: string
  version: number
  /** The natural key, and the machine or account that it was found on. */
  identity: string
  scope?: string
  on?: string
  /** Addresses that it depended on; deletions run in the reverse of them. */
  dependencies: string[]
  /** What the user had written. */
  inputs: JsonObject
  attributes: JsonObject
  prepared?: Json
  /** Secret attributes that cannot be asked for again, sealed with the lab's key. */
  sealed?: string
  /** The action that had begun and has no end: its outcome is to be read. */
  pending?: 'create' | 'update' | 'replace' | 'delete'
  /** The object was verified to be absent when the pending creation began, so one that is found is ours. */
  absent?: boolean
  /** It was taken over, so it may carry no mark of ours. */
  adopted?: boolean
  /** Former addresses, which its mark may still carry. */
  formerly?: string[]
  /** An `asserted` object that was there before us: deleting the resource leaves it. */
  found?: boolean
  /** Former objects of this resource that still have to be deleted. */
  deposed?: ResourceRecord[]
  /** Parts that were kept when the rest was deleted. */
  parts?: string[]
}

export interface State {
  version: typeof STATE_VERSION
  lab: string
  /** Tells apart states that were begun separately, even of labs of one name. Empty until something was recorded. */
  lineage: string
  /** Grows by one with each run that changed anything. */
  serial: number
  resources: { [address: string]: ResourceRecord }
  /** Stateful objects that are no longer in the config. */
  kept: { [address: string]: ResourceRecord }
  /** What `lares stop` has stopped, and when, ISO 8601: it is meant to be off. */
  stopped: { [address: string]: string }
  outputs: JsonObject
}

export type JournalEntry =
  /** An action begins; the record is what will be known of the object when nothing more is ever written. */
  | { op: 'begin'; address: string; record: ResourceRecord }
  /** The object is as recorded; null: there is none. */
  | { op: 'end'; address: string; record: ResourceRecord | null }
  /** The resource's record goes to the list of what is kept; null drops it from there. */
  | { op: 'keep'; address: string; record: ResourceRecord | null }
  /** The record has another address from now on: one entry, because half of it would lose or double the object. */
  | { op: 'move'; from: string; address: string; record: ResourceRecord }
  /** It is meant to be off since then, or no longer. */
  | { op: 'stopped'; address: string; since: string | null }
  | { op: 'outputs'; outputs: JsonObject }

export const emptyState = (lab: string, lineage: string): State => ({
  version: STATE_VERSION,
  lab,
  lineage,
  serial: 0,
  resources: {},
  kept: {},
  stopped: {},
  outputs: {},
})

/** Applies one entry in place. Replaying a journal twice gives the same state. */
export function applyEntry(state: State, entry: JournalEntry): void {
  if (entry.op === 'outputs') state.outputs = entry.outputs
  else if (entry.op === 'stopped') {
    if (entry.since === null) delete state.stopped[entry.address]
    else state.stopped[entry.address] = entry.since
  } else applyRecord(state, entry)
}

function applyRecord(state: State, entry: Extract<JournalEntry, { op: 'begin' | 'end' | 'keep' | 'move' }>): void {
  // What is no longer there, or made anew, is not meant to be off.
  if (entry.record === null || entry.record.pending === 'create') delete state.stopped[entry.address]
  if (entry.op === 'keep') {
    delete state.resources[entry.address]
    if (entry.record) state.kept[entry.address] = entry.record
    else delete state.kept[entry.address]
  } else {
    if (entry.op === 'move') {
      delete state.resources[entry.from]
      const since = state.stopped[entry.from]
      delete state.stopped[entry.from]
      if (since !== undefined) state.stopped[entry.address] = since
      rename(state, entry.from, entry.address)
    }
    // What is managed again is no longer merely kept.
    delete state.kept[entry.address]
    if (entry.record) state.resources[entry.address] = entry.record
    else delete state.resources[entry.address]
  }
}

/** What was on the resource, or depended on it, does so under its new address. */
function rename(state: State, from: string, to: string): void {
  const renamed = (address: string) => (address === from ? to : address)
  for (const records of [state.resources, state.kept]) {
    for (const [address, record] of Object.entries(records)) {
      if (record.on !== from && !record.dependencies.includes(from)) continue
      const dependencies = record.dependencies.map(renamed)
      records[address] = { ...record, dependencies, ...(record.on === undefined ? {} : { on: renamed(record.on) }) }
    }
  }
}

export interface LockHolder {
  /** Tells one holding from another. */
  id: string
  pid: number
  host: string
  /** What the holder is doing: `apply`. */
  purpose: string
  /** ISO 8601. */
  since: string
}

export interface StateVersion {
  serial: number
  /** ISO 8601, when it was replaced by a newer one. */
  at: string
  resources: number
}

/** The right to change the state, held by one run at a time. */
export interface StateSession {
  /** In step with everything that was appended. */
  readonly state: State
  /** Resolves when the entries are durable. Entries appended in the meantime share one flush. */
  append(...entries: JournalEntry[]): Promise<void>
  /** Folds the journal into a new snapshot, keeps the old one in the history, and gives up the lock. Safe to call twice. */
  close(): Promise<void>
}

/** Where a lab's state is kept. Every implementation passes `storeContract` of `@lares/core/testing`. */
export interface StateStore {
  /** For messages: the path or address. */
  readonly description: string
  /** Without lock, for commands that change nothing. Rejects with `state_broken`, `state_newer`, `state_of_other_lab`. */
  read(): Promise<State>
  /** Rejects with `state_locked` when another live run holds it. A dead holder's lock is taken over. */
  open(purpose: string, signal?: AbortSignal): Promise<StateSession>
  history(): Promise<StateVersion[]>
  /** Makes a version of the history current, as a new serial. */
  restore(serial: number): Promise<State>
  /** Breaks the lock of a holder that is known to be gone. */
  unlock(id: string): Promise<void>
}
