import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { localHost } from '@lares/transport'
import { afterEach, expect, test } from 'vitest'
import { connectApi, type NetdataErrorCode } from '../../src/client/index.ts'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanUp of cleanups.splice(0).reverse()) await cleanUp()
})

/** A TCP server that does this with each request. */
async function serving(answer: (socket: Socket, request: string) => void): Promise<number> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('data', (data) => answer(socket, String(data))).on('error', () => {})
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return (server.address() as { port: number }).port
}

const head = (status: string, type: string, length: number) =>
  `HTTP/1.1 ${status}\r\nConnection: keep-alive\r\nContent-Type: ${type}\r\nContent-Length: ${length}\r\n\r\n`
const whole = (status: string, type: string, body: string) => head(status, type, Buffer.byteLength(body)) + body
const says = (status: string, type: string, body: string) => (socket: Socket) =>
  void socket.write(whole(status, type, body))

/** The agent itself, by both ways to it. */
function clients(port: number) {
  const host = localHost()
  const made = [connectApi({ url: `http://127.0.0.1:${port}` }), connectApi({ host, port })]
  cleanups.push(() => {
    for (const api of made) api.close()
    return host.close()
  })
  return made
}

const faults: [string, (socket: Socket) => void, NetdataErrorCode, string][] = [
  ['closes at once', (socket) => socket.destroy(), 'unreachable', ''],
  ['says nothing', () => {}, 'timeout', ''],
  ['speaks something else', (socket) => void socket.end('SSH-2.0-OpenSSH_9.2\r\n'), 'bad_answer', ''],
  [
    'ends half-way',
    (socket) => void socket.end(`${head('200 OK', 'application/json', 500)}{"version":`),
    'incomplete',
    '',
  ],
  [
    'is slow to the end',
    (socket) => void socket.write(`${head('200 OK', 'application/json', 500)}{"version":`),
    'incomplete',
    '',
  ],
  ['is a page', says('200 OK', 'text/html', '<html><title>Router</title><b>Hello</b>'), 'bad_answer', 'Router Hello'],
  ['is another JSON', says('200 OK', 'application/json', '{"version":1}'), 'bad_answer', 'version'],
  ['is half a JSON', says('200 OK', 'application/json', '{"version":"v1.37.1"'), 'bad_answer', 'v1.37.1'],
  ['is empty', says('200 OK', 'application/json', ''), 'bad_answer', ''],
  ['is not for us', says('403 Forbidden', 'text/plain', 'You are not allowed'), 'forbidden', 'You are not allowed'],
  ['wants a password', says('401 Unauthorized', 'text/plain', ''), 'forbidden', ''],
  ['wants a sign-in', says('451 Unavailable', 'text/plain', 'need to be authorized'), 'forbidden', 'authorized'],
  ['is not there', says('404 Not Found', 'text/html', '<h1>nothing here</h1>'), 'not_found', 'nothing here'],
  ['comes too early', says('503 Service Unavailable', 'text/plain', 'web server is starting'), 'starting', 'starting'],
  ['is of a proxy', says('503 Service Unavailable', 'text/html', '<h1>no backend</h1>'), 'refused', 'no backend'],
  ['fails', says('500 Internal Server Error', 'text/plain', 'oops'), 'refused', 'oops'],
  ['leads away', says('302 Found', 'text/plain', ''), 'refused', ''],
]

test.each(faults)('an answer that %s', async (_, answer, code, detail) => {
  for (const api of clients(await serving(answer))) {
    const error = await api.info({ timeoutMs: 400 }).catch((error: unknown) => error)
    expect(error).toMatchObject({ name: 'NetdataError', code, detail: expect.stringContaining(detail) })
    expect((error as Error).message).toContain(api.description)
  }
})

test('an answer without an end is cut off', async () => {
  const port = await serving((socket) => {
    socket.write('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n')
    const chunk = `100000\r\n${' '.repeat(0x100000)}\r\n`
    const more = () => {
      while (!socket.destroyed && socket.write(chunk));
    }
    socket.on('drain', more)
    more()
  })
  const [api] = clients(port)
  await expect(api!.info({ timeoutMs: 50_000 })).rejects.toMatchObject({ code: 'too_large' })
})

test('nobody there', async () => {
  const server = createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  for (const api of clients(port)) {
    await expect(api.info()).rejects.toMatchObject({ code: 'unreachable', detail: expect.stringContaining('REFUSED') })
  }
})

test('a signal ends it with its own reason', async () => {
  for (const api of clients(await serving(() => {}))) {
    const controller = new AbortController()
    const asked = api.info({ signal: controller.signal })
    controller.abort(new Error('changed my mind'))
    await expect(asked).rejects.toThrow('changed my mind')
    await expect(api.info({ signal: controller.signal })).rejects.toThrow('changed my mind')
  }
})

const configuration = whole('200 OK', 'text/plain', '[global]\n')

test('a kept connection that was closed is opened again, but nothing is told twice', async () => {
  let requests = 0
  const port = await serving((socket) => {
    requests++
    // Kept, it would say; the next request on it finds it closed.
    if (socket.bytesWritten > 0) socket.destroy()
    else socket.write(configuration)
  })
  for (const api of clients(port)) {
    requests = 0
    for (let round = 0; round < 3; round++) expect(await api.configuration()).toBe('[global]\n')
    expect(requests).toBeGreaterThan(3)
    requests = 0
    await expect(api.health('key').reset()).resolves.toBeUndefined()
    expect(requests).toBe(1)
  }
})

test('a proxy in front, with a path, a password and headers', async () => {
  const asked: string[] = []
  const at = await serving((socket, request) => {
    asked.push(request)
    socket.write(configuration)
  })
  const api = connectApi({ url: `http://me:p%40ss@127.0.0.1:${at}/tower/`, headers: { 'X-Lab': 'home' } })
  await api.configuration()
  api.close()
  expect(asked.join('')).toMatch(/^GET \/tower\/netdata\.conf HTTP/)
  expect(asked.join('').toLowerCase()).toContain('x-lab: home')
  expect(asked.join('')).toContain(`Basic ${btoa('me:p@ss')}`)
  expect(api.description).toBe(`http://127.0.0.1:${at}/tower`)
})
