import { Agent, type AgentOptions } from 'node:http'
import type { Duplex } from 'node:stream'
import type { ConnectTarget, Host } from './host.ts'

/** What HTTP expects of a socket beyond a stream; a channel of a shared connection has nothing to set. */
const socketMethods = {
  setKeepAlive: { value: () => {} },
  setNoDelay: { value: () => {} },
  setTimeout: { value: () => {} },
  ref: { value: () => {} },
  unref: { value: () => {} },
}

/**
 * An agent of node:http whose connections lead to a socket or port of a host: a Docker engine's API on a remote
 * machine, over the one SSH connection to it. Connections are kept alive; `destroy()` ends them.
 */
export function httpAgent(host: Host, target: ConnectTarget, options: AgentOptions = {}): Agent {
  const agent = new Agent({ keepAlive: true, maxSockets: 10, ...options })
  return Object.assign(agent, {
    createConnection(_options: unknown, done: (error: Error | null, stream?: Duplex) => void) {
      host.connect(target).then(
        (stream) => done(null, host.local ? stream : Object.defineProperties(stream, socketMethods)),
        (error: Error) => done(error),
      )
    },
  })
}
