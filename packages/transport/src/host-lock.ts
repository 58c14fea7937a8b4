import { setTimeout as sleep } from 'node:timers/promises'
import type { Host, HostProcess } from './host.ts'
import { HostError } from './host-error.ts'

/** What a script ends with whose lock another process has held all the time. */
export const LOCKED = 69

/** Shell for scripts on a host: `lock FILE SECONDS` goes on with the lock, held as descriptor 9 until the script ends, or ends it. */
export const LOCK = `lock() {
  exec 9> "$1" || exit 1
  # The flock of busybox does not wait for a while.
  for try in $(seq "$(($2 * 4))"); do
    if flock -n 9; then return; fi
    sleep 0.25
  done
  echo "$1 has been held by another process for $2 s" >&2
  exit ${LOCKED}
}
`

/** `$1` the file, `$2` seconds. Held until stdin ends, which it does when who waits for it is killed. */
const HOLD = `${LOCK}
lock "$1" "$2"
echo held
exec cat > /dev/null`

/**
 * Does something while nobody else who asks for this lock of the host does. The signal that `act` gets is aborted when the
 * lock is lost. Rejects with a HostError when it is not free within `seconds` (60), or with what `act` rejects with.
 */
export async function withHostLock<T>(
  host: Host,
  path: string,
  act: (signal: AbortSignal) => Promise<T>,
  { signal, seconds = 60 }: { signal?: AbortSignal | undefined; seconds?: number } = {},
): Promise<T> {
  // Not ended by the signal: what `act` does not break off is done under the lock.
  const holder = await host.spawn(['sh', '-c', HOLD, 'sh', path, String(seconds)])
  const lost = new AbortController()
  const ended = holder.exited.catch((error: unknown) => error)
  holder.stdin.on('error', () => {})
  try {
    await untilHeld(host, path, holder, { signal, seconds })
    void ended.then(() =>
      lost.abort(new HostError('connection_lost', `${host.description}: the lock ${path} was lost`)),
    )
    return await act(AbortSignal.any([lost.signal, ...(signal ? [signal] : [])]))
  } finally {
    holder.stdin.end()
    const isGone = await Promise.race([ended.then(() => true), sleep(RELEASE_MS, false, { ref: false })])
    if (!isGone) await holder.kill()
  }
}

/** How long it may take to end by itself, which is quicker than being ended. */
const RELEASE_MS = 2000

interface Patience {
  readonly signal: AbortSignal | undefined
  readonly seconds: number
}

async function untilHeld(
  host: Host,
  path: string,
  { stdout, stderr, exited }: HostProcess,
  { signal, seconds }: Patience,
): Promise<void> {
  let said = ''
  stderr.on('data', (chunk: Buffer) => {
    said += chunk
  })
  const held = new Promise<void>((resolve) => stdout.once('data', () => resolve()))
  const aborted = new Promise<never>((_, reject) => {
    signal?.throwIfAborted()
    signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
  })
  aborted.catch(() => {})
  const exitCode = await Promise.race([held, exited, aborted])
  if (exitCode === undefined) return
  if (exitCode === LOCKED)
    throw new HostError('timeout', `${host.description}: another process has held ${path} for ${seconds} s`, {
      advice:
        'Another run changes the same just now: try again when it is done. "fuser -v" of that file tells who has it.',
      retryable: true,
    })
  throw new HostError('command_failed', `${host.description}: ${path} can't be locked`, { detail: said.trim() })
}
