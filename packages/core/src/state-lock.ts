import { randomBytes } from 'node:crypto'
import { readdir, readFile, readlink, rename, rm } from 'node:fs/promises'
import { hostname } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { errorCode, fail } from './diagnostics.ts'
import { linkOrCopy, readIfThere, writeDurably } from './durable-file.ts'
import type { LockHolder } from './state.ts'
import { isObject } from './value.ts'

/** A holder, and what tells whether its process still runs. Empty where the system does not say. */
interface LockFile extends LockHolder {
  /** /etc/machine-id */
  machine: string
  boot: string
  /** The namespace in which `pid` is meant. */
  pids: string
  /** The process' start in clock ticks after boot: a pid may be given again. */
  started: string
}

export interface Lock {
  readonly holder: LockHolder
  /** False when somebody has broken the lock meanwhile. */
  held(): Promise<boolean>
  release(): Promise<void>
}

export interface LockOptions {
  /** How long to wait for another holder, in ms. */
  wait: number
  signal?: AbortSignal | undefined
}

const POLL_MS = 100
const UNREADABLE = 'unreadable'

/**
 * Takes the lock at `file`, at once or within `wait`. A holder whose process is gone is succeeded; one on another host never is.
 * Rejects with `state_locked`, the error of a write, or the signal's reason.
 *
 * Whoever succeeds a dead holder links its own file to `<file>.after-<id of the holder>`. A link is made once, so one succeeds.
 * The lock belongs to the end of that chain, and counts only while its head still stands: a link that is made late, to a
 * chain that has been dissolved, is void.
 */
export async function acquireLock(file: string, purpose: string, { wait, signal }: LockOptions): Promise<Lock> {
  const mine: LockFile = {
    id: randomBytes(8).toString('hex'),
    pid: process.pid,
    host: hostname(),
    purpose,
    since: new Date().toISOString(),
    ...(await here()),
    started: (await startOf(process.pid)) ?? '',
  }
  const deadline = performance.now() + wait
  for (;;) {
    signal?.throwIfAborted()
    const { last, free } = await walk(file)
    if (last && !(await isDead(last, mine))) {
      const left = deadline - performance.now()
      if (left <= 0) locked(last, file)
      await sleep(Math.min(POLL_MS, left), undefined, signal ? { signal } : {}).catch(() => {})
    } else if (await claim(file, free, mine)) break
  }
  const held = async () => (await walk(file)).last?.id === mine.id
  return {
    holder: mine,
    held,
    release: async () => {
      // A lock that stays because the disk is gone is that of a dead holder soon.
      if (await held().catch(() => false)) await rm(file, { force: true }).catch(() => {})
    },
  }
}

/** Removes the lock of the holder with this id. Rejects with `state_not_locked`, or `state_locked` when another one holds it. */
export async function breakLock(file: string, id: string): Promise<void> {
  const { last } = await walk(file)
  if (!last) return fail({ code: 'state_not_locked', summary: 'The state is not locked', source: { file } })
  if (last.id !== id) return locked(last, file)
  await rm(file, { force: true })
}

/** Follows the successions from the lock file: the holder at their end, and the name that its successor would take. */
async function walk(file: string): Promise<{ last?: LockFile; free: string }> {
  let last: LockFile | undefined
  let free = file
  for (;;) {
    const holder = await readHolder(free)
    if (!holder) return last ? { last, free } : { free }
    last = holder
    free = `${file}.after-${holder.id}`
  }
}

/** Tries to become the holder under the name `free`. */
async function claim(file: string, free: string, mine: LockFile): Promise<boolean> {
  const own = `${file}.${mine.id}`
  try {
    await writeDurably(own, `${JSON.stringify(mine)}\n`)
    await linkOrCopy(own, free)
    if (free !== file) await succeed(file, free, own, mine)
  } catch (error) {
    // Another one was quicker, or swept our file away because it holds the lock.
    if (['EEXIST', 'ENOENT'].includes(errorCode(error) ?? '')) return false
    throw error
  } finally {
    await rm(own, { force: true }).catch(() => {})
  }
  const holds = (await walk(file)).last?.id === mine.id
  if (holds) await sweep(file)
  return holds
}

/** Puts the successor's file in the place of the chain, if that still stands. */
async function succeed(file: string, free: string, own: string, mine: LockFile): Promise<void> {
  try {
    if ((await walk(file)).last?.id === mine.id) await rename(own, file)
  } catch (error) {
    await rm(free, { force: true })
    throw error
  }
}

/** Removes what dead processes have left. Only the holder may: nobody else's link counts while it holds the lock. */
async function sweep(file: string): Promise<void> {
  const prefix = `${basename(file)}.`
  const names = await readdir(dirname(file)).catch(() => [])
  for (const name of names) {
    if (name.startsWith(prefix)) await rm(join(dirname(file), name), { force: true }).catch(() => {})
  }
}

async function readHolder(file: string): Promise<LockFile | undefined> {
  // Where there are no hard links, a lock file is empty for a moment while it is made.
  for (let attempt = 0; ; attempt++) {
    const text = (await readIfThere(file))?.toString()
    if (text === undefined) return undefined
    try {
      const holder: unknown = JSON.parse(text)
      if (isObject(holder) && typeof holder['id'] === 'string') return holder as unknown as LockFile
    } catch {}
    if (attempt === 5) break
    await sleep(20)
  }
  const unknown = { purpose: UNREADABLE, since: '', machine: '', boot: '', pids: '', started: '' }
  return { id: UNREADABLE, pid: 0, host: '', ...unknown }
}

async function isDead(holder: LockFile, mine: LockFile): Promise<boolean> {
  if (holder.host !== mine.host || holder.machine !== mine.machine) return false
  if (holder.boot !== mine.boot) return holder.machine !== ''
  if (holder.pids !== mine.pids) return false
  if (mine.started !== '') return (await startOf(holder.pid)) !== holder.started
  try {
    process.kill(holder.pid, 0)
    return false
  } catch (error) {
    return errorCode(error) === 'ESRCH'
  }
}

async function here(): Promise<Pick<LockFile, 'machine' | 'boot' | 'pids'>> {
  const read = (file: string) =>
    readFile(file, 'utf8').then(
      (text) => text.trim(),
      () => '',
    )
  const [machine, boot, pids] = await Promise.all([
    read('/etc/machine-id'),
    read('/proc/sys/kernel/random/boot_id'),
    readlink('/proc/self/ns/pid').catch(() => ''),
  ])
  return { machine, boot, pids }
}

/** When a process began; undefined when it is gone, or a zombie. */
async function startOf(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  // The program's name is in parentheses and may hold anything; after it stand the fields from the third on.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return stat === '' || fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19]
}

function locked(holder: LockFile, file: string): never {
  return fail({
    code: 'state_locked',
    summary:
      holder.id === UNREADABLE
        ? 'The state is locked, and its lock file cannot be read'
        : `The state is locked by "${holder.purpose}" (process ${holder.pid} on ${holder.host}) since ${holder.since}`,
    advice: `Wait until it is done. If you know that it is gone: \`lares state unlock ${holder.id}\``,
    source: { file },
  })
}
