import type { HostError } from './host-error.ts'

/** A signal that fires with another one or after a time in milliseconds, 0 for no limit; `clear` when it is over. */
export function deadline(timeout: number, signal: AbortSignal | undefined): { signal: AbortSignal; clear(): void } {
  const controller = new AbortController()
  const abort = () => controller.abort()
  const timer = timeout > 0 ? setTimeout(abort, timeout) : undefined
  if (signal?.aborted) abort()
  signal?.addEventListener('abort', abort, { once: true })
  return {
    signal: controller.signal,
    clear() {
      clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
    },
  }
}

/** What the work gives, or this error when it takes too long. The work must obey its signal. */
export async function within<T>(
  timeout: number,
  signal: AbortSignal | undefined,
  late: () => HostError,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const limit = deadline(timeout, signal)
  try {
    return await work(limit.signal)
  } catch (error) {
    throw limit.signal.aborted && !signal?.aborted ? late() : error
  } finally {
    limit.clear()
  }
}
