import type { Client } from 'ssh2'
import { abortedError, HostError, isHostError } from '../host-error.ts'

const reconnectAttempts = 5
const firstPause = 200

/** One connection to a host, opened when it is needed and again after it dropped. */
export interface Connection {
  /** The open connection. Not more than one is opened at a time, however many wait for it. */
  client(signal?: AbortSignal): Promise<Client>
  close(): Promise<void>
}

/**
 * The first attempt is single, so that an absent host is known as soon as possible. A host that was there before is
 * tried five times, with pauses of 0.2, 0.4, 0.8 and 1.6 seconds.
 */
export function connection(description: string, dial: (signal: AbortSignal) => Promise<Client>): Connection {
  const closing = new AbortController()
  let current: Promise<Client> | undefined
  let wasOpen = false

  const open = async (): Promise<Client> => {
    const attempts = wasOpen ? reconnectAttempts : 1
    wasOpen = false
    for (let attempt = 1; ; attempt++) {
      try {
        const client = await dial(closing.signal)
        wasOpen = true
        client.on('close', () => {
          current = undefined
        })
        return client
      } catch (error) {
        if (attempt === attempts || !isHostError(error) || !error.retryable) throw error
        await pause(firstPause * 2 ** (attempt - 1), closing.signal)
      }
    }
  }

  return {
    async client(signal) {
      if (closing.signal.aborted)
        throw new HostError('closed', `${description}: the connection was closed by its owner`)
      if (!current) {
        const opening = open()
        current = opening
        opening.catch(() => {
          if (current === opening) current = undefined
        })
      }
      return await orAborted(current, description, signal)
    },
    async close() {
      closing.abort(new HostError('closed', `${description}: the connection was closed by its owner`))
      const client = await current?.catch(() => undefined)
      if (!client) return
      const closed = new Promise<void>((resolve) => client.once('close', () => resolve()))
      const timer = setTimeout(() => client.destroy(), 1_000)
      client.end()
      await closed
      clearTimeout(timer)
    },
  }
}

/** What a promise gives, or `aborted` as soon as the signal fires; the promise itself goes on. */
export async function orAborted<T>(promise: Promise<T>, description: string, signal?: AbortSignal): Promise<T> {
  if (!signal) return await promise
  let onAbort: () => void = () => {}
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(abortedError(description, signal))
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort, { once: true })
  })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

export function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, milliseconds)
    if (signal?.aborted) done()
    else signal?.addEventListener('abort', done, { once: true })
  })
}
