import { randomUUID } from 'node:crypto'
import { mkdir, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { errorCode, fail, isLaresError } from './diagnostics.ts'
import { linkOrCopy, readIfThere, replaceDurably } from './durable-file.ts'
import {
  applyEntry,
  STATE_VERSION,
  type State,
  type StateSession,
  type StateStore,
  type StateVersion,
} from './state.ts'
import { readFailed, writeFailed } from './state-damage.ts'
import { formatState, type LoadedState, loadState, type Migrations, serialIn } from './state-format.ts'
import { journalWriter } from './state-journal.ts'
import { acquireLock, breakLock, type Lock } from './state-lock.ts'

export interface FileStoreOptions {
  /** How long `open` waits for another run to give up the lock, in ms. Default: 0. */
  wait?: number
  /** How many former versions are kept. Default: 20. */
  versions?: number
  /** How states of older formats are read. Default: those of this release. */
  migrations?: Migrations
}

/**
 * Keeps a lab's state in a directory: `state.json`, written at the end of a run; `journal.ndjson`, what has happened since;
 * `history/<serial>.json`, the versions before; and `lock`. Everything is readable by its owner alone.
 */
export function fileStore(directory: string, lab: string, options: FileStoreOptions = {}): StateStore {
  const { wait = 0, versions = 20, migrations } = options
  const snapshotFile = join(directory, 'state.json')
  const journalFile = join(directory, 'journal.ndjson')
  const historyDirectory = join(directory, 'history')
  const lockFile = join(directory, 'lock')
  const versionFile = (serial: number) => join(historyDirectory, `${serial}.json`)

  /** The journal is read first: when a run ends in between, the snapshot has what the journal had, and more. */
  async function load(): Promise<LoadedState> {
    const journal = await readState(journalFile)
    const snapshot = await readState(snapshotFile)
    return loadState({ snapshotFile, snapshot, journalFile, journal }, lab, migrations)
  }

  async function lock(purpose: string, signal?: AbortSignal): Promise<Lock> {
    try {
      await mkdir(directory, { recursive: true, mode: 0o700 })
      await hideFromGit(join(directory, '.gitignore'))
      return await acquireLock(lockFile, purpose, { wait, signal })
    } catch (error) {
      return writeFailed(directory, error)
    }
  }

  /** Makes `state` the snapshot. After a crash between any two of these steps, the journal is either needed or older. */
  async function save(state: State): Promise<void> {
    try {
      await keepVersion()
      await replaceDurably(snapshotFile, formatState(state))
      await rm(journalFile, { force: true })
      for (const serial of (await serials()).slice(0, -versions)) await rm(versionFile(serial), { force: true })
    } catch (error) {
      writeFailed(snapshotFile, error)
    }
  }

  async function keepVersion(): Promise<void> {
    const text = (await readIfThere(snapshotFile))?.toString()
    const serial = text === undefined ? undefined : serialIn(text)
    if (serial === undefined) return
    await mkdir(historyDirectory, { recursive: true, mode: 0o700 })
    await rm(versionFile(serial), { force: true })
    await linkOrCopy(snapshotFile, versionFile(serial))
    await utimes(versionFile(serial), new Date(), new Date())
  }

  async function serials(): Promise<number[]> {
    const names = await readdir(historyDirectory).catch(() => [])
    const found = names.flatMap((name) => /^(\d+)\.json$/.exec(name)?.[1] ?? [])
    return found.map(Number).sort((a, b) => a - b)
  }

  async function readVersion(serial: number): Promise<State> {
    const file = versionFile(serial)
    const snapshot = await readState(file)
    if (!snapshot) {
      fail({
        code: 'state_version_unknown',
        summary: `There is no version ${serial} of the state`,
        advice: '`lares state history` lists the versions that there are.',
      })
    }
    return loadState({ snapshotFile: file, snapshot, journalFile }, lab, migrations).state
  }

  /** The state in use; when it is broken, its files are put aside. */
  async function loadOrPutAside(): Promise<State | undefined> {
    try {
      return (await load()).state
    } catch (error) {
      if (!isLaresError(error) || error.code === 'state_unreadable') throw error
      const suffix = `broken-${new Date().toISOString().replace(/[:.]/g, '-')}`
      for (const file of [journalFile, snapshotFile]) {
        await rename(file, `${file}.${suffix}`).catch((cause: unknown) => {
          if (errorCode(cause) !== 'ENOENT') writeFailed(file, cause)
        })
      }
      return undefined
    }
  }

  return {
    description: directory,
    read: async () => (await load()).state,

    async open(purpose, signal) {
      const held = await lock(purpose, signal)
      try {
        const { state, unfolded } = await load()
        if (unfolded) await save(state)
        return session(state, held, journalFile, save)
      } catch (error) {
        await held.release()
        throw error
      }
    },

    async history() {
      const current = serialIn((await readState(snapshotFile))?.toString() ?? '')
      const listed: StateVersion[] = []
      for (const serial of await serials()) {
        const state = serial === current ? undefined : await readVersion(serial).catch(() => undefined)
        if (!state) continue
        const { mtime } = await stat(versionFile(serial))
        listed.push({ serial, at: mtime.toISOString(), resources: Object.keys(state.resources).length })
      }
      return listed
    },

    async restore(serial) {
      const held = await lock(`state restore ${serial}`)
      try {
        const wanted = await readVersion(serial)
        const lastKnown = Math.max(...(await serials())) + 1
        const current = await loadOrPutAside()
        if (current) await save(current)
        const restored = { ...wanted, serial: Math.max(current?.serial ?? 0, lastKnown) + 1 }
        await save(restored)
        return restored
      } finally {
        await held.release()
      }
    },

    unlock: (id) => breakLock(lockFile, id),
  }
}

const HIDDEN = 'key\nlock*\n*.tmp\n'

/** Nobody's own file is touched; one that a crash left half-written is completed. */
async function hideFromGit(file: string): Promise<void> {
  const found = (await readIfThere(file))?.toString() ?? ''
  if (found !== HIDDEN && HIDDEN.startsWith(found)) await writeFile(file, HIDDEN, { mode: 0o600 })
}

const readState = (file: string): Promise<Buffer | undefined> =>
  readIfThere(file).catch((error: unknown) => readFailed(file, error))

function session(state: State, lock: Lock, journalFile: string, save: (state: State) => Promise<void>): StateSession {
  let closing: Promise<void> | undefined
  const { lab, serial } = state
  const journal = journalWriter(
    journalFile,
    () => {
      state.lineage ||= randomUUID()
      return { version: STATE_VERSION, lab, lineage: state.lineage, serial }
    },
    (entry) => {
      state.serial = serial + 1
      applyEntry(state, entry)
    },
  )

  async function finish(): Promise<void> {
    try {
      await journal.close()
      if (journal.broken || journal.written === 0) return
      if (!(await lock.held())) {
        fail({
          code: 'state_lock_lost',
          summary: 'The lock on the state was broken while this run held it, so its end was not saved',
          advice: 'Run the command again when no other one is running: it reads what is there.',
        })
      }
      await save(state)
    } finally {
      await lock.release()
    }
  }

  return {
    state,
    append: async (...entries) => {
      if (closing) fail({ code: 'state_closed', summary: 'The state was closed before this was recorded' })
      return journal.append(entries)
    },
    close: () => {
      closing ??= finish()
      return closing
    },
  }
}
