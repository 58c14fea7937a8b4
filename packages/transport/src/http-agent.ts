import type { Agent, AgentOptions } from 'node:http'
import type { Duplex } from 'node:stream'
import type { ConnectTarget, Host } from './host.ts'
import { lateStream } from './late-stream.ts'
import { secured, type TlsTrust } from './tls.ts'

export interface HttpAgentOptions extends AgentOptions {
  /** HTTPS: who has to be at the other end. */
  readonly tls?: (TlsTrust & { readonly name: string }) | undefined
}

/** What HTTP expects of a socket beyond a stream; a channel of a shared connection has nothing to set. */
const socketMethods = Object.fromEntries(
  ['setKeepAlive', 'setNoDelay', 'setTimeout', 'ref', 'unref'].map((name) => [name, { value: () => {} }]),
)

/** A stream as the socket of an HTTP request. */
export const socketLike = (stream: Duplex): Duplex => Object.defineProperties(stream, socketMethods)

/**
 * An agent of node:http whose connections lead to a socket or port of a host: a Docker engine's API on a remote
 * machine, over the one SSH connection to it. At most `maxSockets` (10) connections, kept alive; `destroy()` ends them.
 * With `tls`, a request that finds another at the other end rejects with a CertificateError, and nothing of it was sent.
 */
export function httpAgent(host: Host, target: ConnectTarget, { tls, ...options }: HttpAgentOptions = {}): Agent {
  // An import would take 40 ms more: a module's namespace holds everything that node:http offers, WebSocket and fetch's parts too.
  const { Agent: HttpAgent } = process.getBuiltinModule('node:http')
  const agent = new HttpAgent({ keepAlive: true, maxSockets: 10, ...options })
  // The agent counts only connections that it is given at once.
  const open = async (): Promise<Duplex> => {
    const opened = await host.connect(target)
    return tls ? await secured(opened, tls.name, tls) : opened
  }
  const createConnection = (): Duplex => {
    const stream = socketLike(lateStream(open()))
    // As a socket does. A channel whose other side has gone stays half open, and would be used for the next request.
    return stream.once('end', () => stream.end())
  }
  return Object.assign(agent, { createConnection })
}
