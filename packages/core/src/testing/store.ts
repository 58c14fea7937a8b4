import { fail } from '../diagnostics.ts'
import {
  applyEntry,
  emptyState,
  type JournalEntry,
  type LockHolder,
  type State,
  type StateSession,
  type StateStore,
} from '../state.ts'

export interface CrashOptions {
  /** The entries of the append that strikes are recorded, though nobody was told. Default: false. */
  recorded?: boolean
  /** That append, and all later calls, never settle, as when the process is gone. Default: they reject with a Crash. */
  hang?: boolean
}

/** What a memory store throws from the moment of a crash. */
export class Crash extends Error {
  override readonly name = 'Crash'
}

export interface MemoryStore extends StateStore {
  /** After `appends` more appends the next one crashes: nothing is recorded from then on, by this store. */
  crashAfter(appends: number, options?: CrashOptions): void
  /** True once the crash has struck. */
  readonly crashed: boolean
  /** The store as the next process finds it: with all that was recorded, and the lock of a dead holder. */
  reopen(): MemoryStore
  /** Everything that was recorded since this memory began, in order. */
  readonly journal: readonly JournalEntry[]
}

interface Memory {
  /** Kept as text, so that nobody can change what was recorded. */
  snapshot: string
  unfolded: string[]
  versions: Map<number, { at: string; text: string }>
  journal: JournalEntry[]
}

/** A state store without a disk. Passes `storeContract`. */
export function memoryStore(lab: string): MemoryStore {
  const snapshot = JSON.stringify(emptyState(lab, ''))
  return storeOver({ snapshot, unfolded: [], versions: new Map(), journal: [] }, lab)
}

const parse = (text: string) => JSON.parse(text) as State

function storeOver(memory: Memory, lab: string): MemoryStore {
  let holder: LockHolder | undefined
  let holders = 0
  let crash: ({ left: number } & CrashOptions) | undefined
  let crashed = false

  const gone = () => (crash?.hang ? new Promise<never>(() => {}) : Promise.reject(new Crash('The process is gone')))

  function current(): State {
    const state = parse(memory.snapshot)
    if (memory.unfolded.length > 0)
      apply(
        state,
        memory.unfolded.map((text) => JSON.parse(text) as JournalEntry),
        state.serial,
      )
    return state
  }

  function apply(state: State, entries: readonly JournalEntry[], serial: number): void {
    state.serial = serial + 1
    state.lineage ||= `memory-${lab}`
    for (const entry of entries) applyEntry(state, entry)
  }

  function replace(state: State): void {
    const { serial } = parse(memory.snapshot)
    if (serial > 0) memory.versions.set(serial, { at: new Date().toISOString(), text: memory.snapshot })
    memory.snapshot = JSON.stringify(state)
    memory.unfolded = []
  }

  function record(entries: readonly JournalEntry[]): void {
    for (const entry of entries) {
      const text = JSON.stringify(entry)
      memory.unfolded.push(text)
      memory.journal.push(JSON.parse(text) as JournalEntry)
    }
  }

  function take(purpose: string): LockHolder {
    if (holder) {
      fail({
        code: 'state_locked',
        summary: `The state is locked by "${holder.purpose}" (process ${holder.pid} on ${holder.host}) since ${holder.since}`,
        advice: `Wait until it is done. If you know that it is gone: \`lares state unlock ${holder.id}\``,
      })
    }
    const since = new Date().toISOString()
    holder = { id: `holder-${++holders}`, pid: process.pid, host: 'memory', purpose, since }
    return holder
  }

  function session(mine: LockHolder): StateSession {
    const state = current()
    const { serial } = state
    let closed = false
    return {
      state,
      async append(...entries) {
        if (crashed) return gone()
        if (closed) fail({ code: 'state_closed', summary: 'The state was closed before this was recorded' })
        if (crash && crash.left-- <= 0) {
          crashed = true
          if (crash.recorded) record(entries)
          return gone()
        }
        if (entries.length === 0) return
        record(entries)
        apply(state, entries, serial)
      },
      async close() {
        if (crashed) return gone()
        if (closed) return
        closed = true
        if (holder !== mine) fail({ code: 'state_lock_lost', summary: 'The lock on the state was broken' })
        holder = undefined
        if (memory.unfolded.length > 0) replace(current())
      },
    }
  }

  return {
    description: 'memory',
    journal: memory.journal,
    get crashed() {
      return crashed
    },
    async read() {
      return crashed ? gone() : current()
    },
    async open(purpose, signal) {
      if (crashed) return gone()
      signal?.throwIfAborted()
      const mine = take(purpose)
      if (memory.unfolded.length > 0) replace(current())
      return session(mine)
    },
    async history() {
      return [...memory.versions].map(([serial, { at, text }]) => {
        return { serial, at, resources: Object.keys(parse(text).resources).length }
      })
    },
    async restore(serial) {
      if (crashed) return gone()
      take(`state restore ${serial}`)
      try {
        const version = memory.versions.get(serial)
        if (!version) fail({ code: 'state_version_unknown', summary: `There is no version ${serial} of the state` })
        if (memory.unfolded.length > 0) replace(current())
        const restored = { ...parse(version.text), serial: current().serial + 1 }
        replace(restored)
        return restored
      } finally {
        holder = undefined
      }
    },
    async unlock(id) {
      if (!holder) fail({ code: 'state_not_locked', summary: 'The state is not locked' })
      if (holder.id !== id) take('unlock')
      holder = undefined
    },
    crashAfter(appends, options = {}) {
      crash = { left: appends, ...options }
    },
    reopen: () => storeOver(memory, lab),
  }
}
