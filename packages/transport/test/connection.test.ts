import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { createServer as createHttpServer, get, type IncomingMessage } from 'node:http'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { connectHost, type Host, httpAgent, localHost, readMachineId } from '@lares/transport'
import { afterEach, describe, expect, test } from 'vitest'
import { describeWithSshd } from '../src/testing/parts.ts'
import { gone, isRunning } from '../src/testing/processes.ts'
import { createLogin, type Login, type Sshd, type SshdOptions, startSshd } from '../src/testing/sshd.ts'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanUp of cleanups.splice(0).reverse()) await cleanUp()
})

async function open(options: Partial<SshdOptions> = {}): Promise<{ host: Host; server: Sshd; login: Login }> {
  const login = createLogin()
  cleanups.push(() => login.remove())
  const server = await startSshd({ authorized: [login.publicKey], ...options })
  cleanups.push(() => server.stop())
  login.know(...server.knownHosts)
  const host = await connectHost(server.endpoint, login)
  cleanups.push(() => host.close())
  return { host, server, login }
}

/** Answers each line with the same line. */
async function echoServer(address: string | number): Promise<Server> {
  const server = createServer((socket) => socket.on('error', () => {}).pipe(socket))
  await once(typeof address === 'string' ? server.listen(address) : server.listen(address, '127.0.0.1'), 'listening')
  cleanups.push(() => void server.close())
  return server
}

function privateDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'lares-test-'))
  cleanups.push(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

async function answer(stream: NodeJS.ReadWriteStream, question: string): Promise<string> {
  stream.write(question)
  const [chunk] = (await once(stream, 'data')) as [Buffer]
  return chunk.toString()
}

describeWithSshd('one connection', () => {
  test('serves all commands of a host', async () => {
    const { host, server } = await open()
    await Promise.all(Array.from({ length: 30 }, () => host.exec(['true'])))
    expect(server.log().match(/Accepted publickey/g)).toHaveLength(1)
  })

  test.each([1, 2, 4])('works where only %i sessions are allowed', async (sessions) => {
    const { host, server } = await open({ config: [`MaxSessions ${sessions}`] })
    const results = await Promise.all(Array.from({ length: 25 }, (_, n) => host.exec(['echo', String(n)])))
    expect(results.map(({ stdout }) => Number(stdout))).toEqual(Array.from({ length: 25 }, (_, n) => n))
    if (sessions === 1) expect(server.log()).toContain('no more sessions')
  })

  test('says so where no session is allowed', async () => {
    const { host } = await open({ config: ['MaxSessions 0'] })
    await expect(host.exec(['true'])).rejects.toMatchObject({ code: 'channel_refused', retryable: true })
  })

  test('forty streams are open beside the commands', async () => {
    const { host } = await open()
    const path = join(privateDirectory(), 'echo')
    await echoServer(path)
    const streams = await Promise.all(Array.from({ length: 40 }, () => host.connect({ socketPath: path })))
    expect((await host.exec(['echo', 'hi'])).stdout).toBe('hi\n')
    expect(await Promise.all(streams.map((stream, n) => answer(stream, `${n}`)))).toEqual(streams.map((_, n) => `${n}`))
    for (const stream of streams) stream.destroy()
  })
})

describeWithSshd('a connection that drops', () => {
  test('fails the running command without running it again, and serves the next one', async () => {
    const { host, server } = await open()
    const trace = join(privateDirectory(), 'trace')
    const running = host.exec(['sh', '-c', 'echo ran >> "$1"; sleep 2', 'sh', trace])
    running.catch(() => {})
    while (!existsSync(trace)) await sleep(20)
    server.dropConnections()
    await expect(running).rejects.toMatchObject({ code: 'connection_lost', retryable: false })
    expect((await host.exec(['cat', trace])).stdout).toBe('ran\n')
    expect(server.log().match(/Accepted publickey/g)).toHaveLength(2)
  })

  test('lets those that had not begun run on the new one', async () => {
    const { host, server } = await open()
    const all = Array.from({ length: 40 }, (_, n) => host.exec(['sh', '-c', 'sleep 0.1; echo "$1"', 'sh', String(n)]))
    const settled = Promise.allSettled(all)
    await sleep(250)
    server.dropConnections()
    const results = await settled
    const lost = results.filter((result) => result.status === 'rejected')
    expect(lost.length).toBeGreaterThan(0)
    expect(lost.length).toBeLessThanOrEqual(4)
    for (const { reason } of lost) expect(reason).toMatchObject({ code: 'connection_lost' })
  })

  test('waits for a server that comes back', async () => {
    const { host, server, login } = await open()
    await server.stop()
    await sleep(50)
    const waiting = host.exec(['echo', 'back'])
    await sleep(500)
    const again = await startSshd({ authorized: [login.publicKey], port: server.port })
    cleanups.push(() => again.stop())
    login.know(...again.knownHosts)
    expect((await waiting).stdout).toBe('back\n')
  })

  test('gives up on one that does not, and says so at once the next time', async () => {
    const { host, server } = await open()
    await server.stop()
    await sleep(50)
    await expect(host.exec(['true'])).rejects.toMatchObject({ code: 'unreachable' })
    const started = Date.now()
    await expect(host.exec(['true'])).rejects.toMatchObject({ code: 'unreachable' })
    expect(Date.now() - started).toBeLessThan(1_000)
  })

  test('ends its streams', async () => {
    const { host, server } = await open()
    const path = join(privateDirectory(), 'echo')
    await echoServer(path)
    const stream = await host.connect({ socketPath: path })
    stream.on('error', () => {}).resume()
    const closed = once(stream, 'close')
    server.dropConnections()
    await closed
  })

  test('is noticed by keepalives when the network is silent', async () => {
    const { server, login } = await open()
    login.configure('ServerAliveInterval 1\n')
    const relay = createServer((client) => {
      const upstream = connect(server.port, '127.0.0.1')
      client
        .on('error', () => {})
        .pipe(upstream.on('error', () => {}))
        .pipe(client)
      relay.once('silence', () => {
        client.unpipe()
        upstream.unpipe()
        client.resume()
        upstream.resume()
      })
      client.once('close', () => upstream.destroy())
    }).listen(0, '127.0.0.1')
    await once(relay, 'listening')
    cleanups.push(() => void relay.close())
    const { port } = relay.address() as AddressInfo
    login.know(...server.knownHosts.map((line) => line.replace(`:${server.port}`, `:${port}`)))
    const host = await connectHost({ ...server.endpoint, port, connectTimeout: 500 }, login)
    cleanups.push(() => host.close())
    const running = host.exec(['sleep', '10'], { timeout: 9_000 })
    running.catch(() => {})
    await sleep(200)
    relay.emit('silence')
    await expect(running).rejects.toMatchObject({ code: 'connection_lost' })
  })
})

describeWithSshd('closing a host', () => {
  test('ends its commands and refuses more', async () => {
    const { host } = await open()
    const running = host.exec(['sleep', '8001'])
    running.catch(() => {})
    await sleep(200)
    expect(isRunning('sleep', '8001')).toBe(true)
    await host.close()
    await expect(running).rejects.toMatchObject({ code: expect.stringMatching(/connection_lost|command_failed/) })
    await expect(host.exec(['true'])).rejects.toMatchObject({ code: 'closed' })
    await gone('sleep', '8001')
  })
})

function streams(name: string, openHost: () => Promise<Host>): void {
  describe(`streams ${name}`, () => {
    test('to a unix socket, half-closed by each side in turn', async () => {
      const host = await openHost()
      const path = join(privateDirectory(), 'echo')
      await echoServer(path)
      const stream = await host.connect({ socketPath: path })
      const sent = Buffer.alloc(4_000_000, 'abc')
      stream.end(sent)
      const chunks: Buffer[] = []
      for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk)
      expect(Buffer.concat(chunks).equals(sent)).toBe(true)
    })

    test('that nothing answers are refused', async () => {
      const host = await openHost()
      await expect(host.connect({ socketPath: '/nowhere/socket' })).rejects.toMatchObject({ code: 'forward_refused' })
    })

    test('behind a local socket that only the user can open', async () => {
      const host = await openHost()
      const path = join(privateDirectory(), 'echo')
      await echoServer(path)
      const forward = await host.forwardSocket(path)
      expect(statSync(forward.localPath).mode & 0o777).toBe(0o600)
      expect(statSync(dirname(forward.localPath)).mode & 0o777).toBe(0o700)
      const client = connect(forward.localPath)
      expect(await answer(client, 'hello')).toBe('hello')
      await forward.close()
      expect(existsSync(dirname(forward.localPath))).toBe(false)
    })

    test('behind a local port', async () => {
      const host = await openHost()
      const server = await echoServer(0)
      const forward = await host.forwardPort((server.address() as AddressInfo).port)
      const client = connect(forward.localPort, '127.0.0.1')
      expect(await answer(client, 'hello')).toBe('hello')
      await host.close()
      await expect(once(connect(forward.localPort, '127.0.0.1'), 'connect')).rejects.toThrow(/ECONNREFUSED/)
    })

    test('for HTTP, over a few connections that are used again', async () => {
      const host = await openHost()
      const path = join(privateDirectory(), 'http')
      let connections = 0
      const web = createHttpServer((request, response) => request.pipe(response)).on('connection', () => connections++)
      await once(web.listen(path), 'listening')
      cleanups.push(() => void web.close())
      const agent = httpAgent(host, { socketPath: path }, { maxSockets: 3 })
      const fetchOnce = () =>
        new Promise<number>((resolve, reject) => {
          get({ agent, path: '/', host: 'docker' }, (response) => {
            response.resume().once('end', () => resolve(response.statusCode!))
          }).once('error', reject)
        })
      for (let round = 0; round < 3; round++) {
        expect(await Promise.all(Array.from({ length: 10 }, fetchOnce))).toEqual(Array(10).fill(200))
      }
      expect(connections).toBe(3)
      agent.destroy()
    })

    test('for HTTP, are not used again once the other side has closed them', async () => {
      const host = await openHost()
      const path = join(privateDirectory(), 'socket')
      const sockets = new Set<Socket>()
      const web = createHttpServer((_, response) => response.end('hello')).on('connection', (socket) =>
        sockets.add(socket),
      )
      await once(web.listen(path), 'listening')
      cleanups.push(() => void web.close())
      const agent = httpAgent(host, { socketPath: path })
      for (let round = 0; round < 3; round++) {
        const request = get({ agent, path: '/', host: 'docker', signal: AbortSignal.timeout(10_000) })
        const [response] = (await once(request, 'response')) as [IncomingMessage]
        expect(await text(response)).toBe('hello')
        const kept = () => Object.keys(agent.freeSockets).length
        await expect.poll(kept, { timeout: 10_000 }).toBe(1)
        // As when it is started again.
        for (const socket of sockets) socket.destroy()
        await expect.poll(kept, { timeout: 10_000 }).toBe(0)
      }
      expect(sockets.size).toBe(3)
      agent.destroy()
    })

    test('for HTTP, to nothing, fail the request', async () => {
      const host = await openHost()
      const agent = httpAgent(host, { socketPath: '/nowhere/socket' })
      const request = get({ agent, path: '/', host: 'docker' })
      const [error] = await once(request, 'error')
      expect(error).toMatchObject({ code: 'forward_refused' })
    })
  })
}

streams('on this machine', async () => {
  const host = localHost()
  cleanups.push(() => host.close())
  return host
})
describeWithSshd('over SSH', () => {
  streams('over SSH', async () => (await open()).host)

  test('the same machine has the same id, however it is reached', async () => {
    const { host } = await open()
    const id = await readMachineId(host)
    expect(id).toMatch(/\S/)
    expect(id).toBe(await readMachineId(localHost()))
  })
})
