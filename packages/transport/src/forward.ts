import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Duplex, pipeline } from 'node:stream'
import type { ConnectTarget, PortForward, SocketForward } from './host.ts'
import { throwIfAborted } from './host-error.ts'

export interface Forwards {
  socket(remotePath: string, signal?: AbortSignal): Promise<SocketForward>
  port(target: number | { readonly host?: string; readonly port: number }, signal?: AbortSignal): Promise<PortForward>
  close(): Promise<void>
}

type Connect = (target: ConnectTarget, signal?: AbortSignal) => Promise<Duplex>

/** Local listeners, each of whose connections becomes a stream to the host. */
export function forwards(description: string, connect: Connect): Forwards {
  const open = new Set<() => Promise<void>>()

  const listen = async (target: ConnectTarget, address: { path: string } | { host: string; port: number }) => {
    const clients = new Set<Socket>()
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
      clients.add(client.once('close', () => clients.delete(client)))
      client.on('error', () => {})
      connect(target).then(
        (stream) => splice(client, stream),
        () => client.destroy(),
      )
    })
    await listening(server, address)
    return { server, clients }
  }

  const closer = (server: Server, clients: Set<Socket>, cleanUp: () => Promise<void>) => {
    const close = async () => {
      if (!open.delete(close)) return
      const closed = new Promise((resolve) => server.close(resolve))
      for (const client of clients) client.destroy()
      await closed
      await cleanUp()
    }
    open.add(close)
    return close
  }

  return {
    async socket(remotePath, signal) {
      throwIfAborted(signal, description)
      const directory = await mkdtemp(join(tmpdir(), 'lares-'))
      const cleanUp = () => rm(directory, { recursive: true, force: true })
      try {
        const localPath = join(directory, 'socket')
        const { server, clients } = await listen({ socketPath: remotePath }, { path: localPath })
        await chmod(localPath, 0o600)
        return { localPath, close: closer(server, clients, cleanUp) }
      } catch (error) {
        await cleanUp()
        throw error
      }
    },
    async port(target, signal) {
      throwIfAborted(signal, description)
      const remote = typeof target === 'number' ? { port: target } : target
      const { server, clients } = await listen(remote, { host: '127.0.0.1', port: 0 })
      return { localPort: (server.address() as AddressInfo).port, close: closer(server, clients, async () => {}) }
    },
    async close() {
      await Promise.all([...open].map((close) => close()))
    },
  }
}

function listening(server: Server, address: { path: string } | { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject).listen(address, () => {
      server.removeListener('error', reject)
      resolve()
    })
  })
}

function splice(client: Socket, stream: Duplex): void {
  const end = (error: Error | null | undefined) => {
    if (!error) return
    client.destroy()
    stream.destroy()
  }
  pipeline(client, stream, end)
  pipeline(stream, client, end)
}
