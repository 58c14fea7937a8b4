import type { Agent, AgentOptions } from 'node:http'
import type { Duplex } from 'node:stream'
import type { ConnectTarget, Host } from './host.ts'
import { lateStream } from './late-stream.ts'

/** What HTTP expects of a socket beyond a stream; a channel of a shared connection has nothing to set. */
const socketMethods = Object.fromEntries(
  ['setKeepAlive', 'setNoDelay', 'setTimeout', 'ref', 'unref'].map((name) => [name, { value: () => {} }]),
)

/** A stream as the socket of an HTTP request. */
export const socketLike = (stream: Duplex): Duplex => Object.defineProperties(stream, socketMethods)

/**
 * An agent of node:http whose connections lead to a socket or port of a host: a Docker engine's API on a remote
 * machine, over the one SSH connection to it. At most `maxSockets` (10) connections, kept alive; `destroy()` ends them.
 */
export function httpAgent(host: Host, target: ConnectTarget, options: AgentOptions = {}): Agent {
  // An import would take 40 ms more: a module's namespace holds everything that node:http offers, WebSocket and fetch's parts too.
  const { Agent: HttpAgent } = process.getBuiltinModule('node:http')
  const agent = new HttpAgent({ keepAlive: true, maxSockets: 10, ...options })
  // The agent counts only connections that it is given at once.
  const createConnection = (): Duplex => {
    const stream = socketLike(lateStream(host.connect(target)))
    // As a socket does. A channel whose other side has gone stays half open, and would be used for the next request.
    return stream.once('end', () => stream.end())
  }
  return Object.assign(agent, { createConnection })
}
