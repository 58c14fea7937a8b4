import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { crc32 } from 'node:zlib'
import { syncDirectory, writeFully } from './durable-file.ts'
import type { JournalEntry } from './state.ts'
import { broken, writeFailed } from './state-damage.ts'

/** The journal's first line: which snapshot its entries continue. */
export interface JournalHeader {
  version: number
  lab: string
  lineage: string
  serial: number
}

export interface Journal {
  /** Absent when the journal was torn before anything in it was acknowledged. */
  header?: JournalHeader
  entries: JournalEntry[]
}

/*
 * A line is JSON: ["<crc32>",<durable>,<entry>]. `durable` is the length of the file that was safe on the disk when the
 * line was written. So damage behind the `durable` of every sound line is a flush that never came to its end, and is
 * dropped; damage before it has struck what was acknowledged, and is refused.
 */
const OPENING = '["'
const PREFIX = `${OPENING}00000000",`.length

const frame = (body: string) => `${OPENING}${crc32(body).toString(16).padStart(8, '0')}",${body}]`

function parseLine(line: Buffer): { durable: number; value: unknown } | undefined {
  const text = line.toString()
  if (text !== frame(text.slice(PREFIX, -1))) return undefined
  const [, durable, value] = JSON.parse(text) as [string, number, unknown]
  return { durable, value }
}

/** Reads a journal and drops what a crash left unfinished at its end. Throws `state_broken` when damage lies before that. */
export function parseJournal(bytes: Buffer, file: string): Journal {
  const sound: unknown[] = []
  let length = 0
  for (let start = 0; start >= 0 && start < bytes.length; ) {
    const end = bytes.indexOf('\n', start)
    const line = end < 0 ? undefined : parseLine(bytes.subarray(start, end))
    if (line && line.durable > length) {
      broken(file, { what: `it is damaged at byte ${length}`, line: sound.length + 1 })
    }
    if (line && start === length) {
      sound.push(line.value)
      length = end + 1
    }
    // After damage, which may have struck the end of a line, a sound line is looked for at every place where one can begin.
    start = line ? end + 1 : bytes.indexOf(OPENING, start + 1)
  }
  const [header, ...entries] = sound as [JournalHeader | undefined, ...JournalEntry[]]
  return header ? { header, entries } : { entries: [] }
}

// Where a write can itself wait for the disk, a flush takes one call instead of two.
const SYNCED = process.platform === 'linux' ? constants.O_DSYNC : 0
const BEGIN = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | SYNCED

export interface JournalWriter {
  /** Resolves when the entries are on the disk. Rejects with `state_write_failed`, and so does every append after that. */
  append(entries: readonly JournalEntry[]): Promise<void>
  /** Waits for the flush under way. */
  close(): Promise<void>
  /** How many entries are on the disk. */
  readonly written: number
  /** True once a write has failed. */
  readonly broken: boolean
}

interface Waiting {
  entries: readonly JournalEntry[]
  /** The entries as they were when they were appended. */
  json: string[]
  resolve(): void
  reject(error: unknown): void
}

/**
 * Begins a journal in place of the one at `file`, with the first append. Entries that are appended while a flush is
 * under way share the next one. `onDurable` is called in the order of the appends, before they resolve.
 */
export function journalWriter(
  file: string,
  header: () => JournalHeader,
  onDurable: (entry: JournalEntry) => void,
): JournalWriter {
  let handle: Awaited<ReturnType<typeof open>> | undefined
  let waiting: Waiting[] = []
  let flushing: Promise<void> | undefined
  let durable = 0
  let written = 0
  let failure: { error: unknown } | undefined

  async function write(batch: readonly Waiting[]): Promise<void> {
    const created = handle === undefined
    handle ??= await open(file, BEGIN, 0o600)
    const lines = batch.flatMap(({ json }) => json.map((text) => frame(`${durable},${text}`)))
    if (created) lines.unshift(frame(`0,${JSON.stringify(header())}`))
    const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''))
    try {
      await writeFully(handle, bytes, durable)
      if (!SYNCED) await handle.datasync()
      if (created) await syncDirectory(dirname(file))
    } catch (error) {
      await handle.truncate(durable).catch(() => {})
      throw error
    }
    durable += bytes.length
  }

  async function flush(): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting
      waiting = []
      try {
        await write(batch)
      } catch (error) {
        failure = { error }
        for (const { reject } of [...batch, ...waiting]) reject(error)
        waiting = []
        return
      }
      for (const { entries, resolve } of batch) {
        for (const entry of entries) onDurable(entry)
        written += entries.length
        resolve()
      }
    }
  }

  return {
    get written() {
      return written
    },
    get broken() {
      return failure !== undefined
    },
    async append(entries) {
      if (entries.length === 0) return
      if (failure) return writeFailed(file, failure.error)
      const json = entries.map((entry) => JSON.stringify(entry))
      const flushed = new Promise<void>((resolve, reject) => waiting.push({ entries, json, resolve, reject }))
      flushing ??= Promise.resolve()
        .then(flush)
        .finally(() => {
          flushing = undefined
        })
      return flushed.catch((error: unknown) => writeFailed(file, error))
    },
    async close() {
      await flushing
      await handle?.close().catch(() => {})
      handle = undefined
    },
  }
}
