import type { Duplex } from 'node:stream'
import type { ConnectTarget, Host } from '../host.ts'

/** What forwards ports, such as Docker's proxy, takes a connection before it knows whether anybody listens behind it. */
const STAY_MS = 500

/**
 * Opens a connection as the host would. It is good when something is said over it, or when it is still open half a second later.
 * Rejects with what the connection says, or when the other side ends it at once without a word. Ends with its signal.
 */
export async function askTcp(host: Host, target: ConnectTarget, signal: AbortSignal): Promise<void> {
  const stream = await host.connect(target, signal)
  try {
    await staysOpen(stream, signal)
  } finally {
    stream.on('error', () => {}).destroy()
  }
}

function staysOpen(stream: Duplex, signal: AbortSignal): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    const closed = () => reject(new Error('the connection was closed at once'))
    const abort = () => reject(signal.reason as Error)
    const timer = setTimeout(resolve, STAY_MS)
    signal.addEventListener('abort', abort, { once: true })
    if (signal.aborted) abort()
    stream
      .once('data', () => resolve())
      .once('error', reject)
      .once('end', closed)
      .once('close', closed)
    stream.once('close', () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', abort)
    })
  })
}
