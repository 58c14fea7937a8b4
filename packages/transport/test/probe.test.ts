import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer as createHttpServer, get, type IncomingMessage, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { askHttp, askTcp, httpAgent, localHost, type TlsTrust } from '../src/index.ts'

const host = localHost()
const never = new AbortController().signal

async function listening(server: Server): Promise<number> {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}

const page = (listener: RequestListener) => listening(createHttpServer(listener))
const port = (onConnection: (socket: Socket) => void) => {
  const open = new Set<Socket>()
  onTestFinished(() => {
    for (const socket of open) socket.destroy()
  })
  return listening(
    createServer((socket) => {
      open.add(socket.on('error', () => {}))
      onConnection(socket)
    }),
  )
}

test('a page: status, body, and what it was asked with', async () => {
  const at = await page(({ url, headers, method }, response) => {
    response.writeHead(503).end(JSON.stringify([method, url, headers.host, headers['x-token'], headers.authorization]))
  })
  const url = `http://me:p%40ss@127.0.0.1:${at}/status?all=1`
  const { status, body } = await askHttp(host, { url, headers: { 'X-Token': 'hunter2' } }, never)
  const authorization = `Basic ${Buffer.from('me:p@ss').toString('base64')}`
  expect([status, ...JSON.parse(body)]).toEqual([
    503,
    'GET',
    '/status?all=1',
    `127.0.0.1:${at}`,
    'hunter2',
    authorization,
  ])
})

test('a redirect is not followed', async () => {
  const at = await page((_, response) => void response.writeHead(302, { location: '/elsewhere' }).end())
  expect(await askHttp(host, { url: `http://localhost:${at}` }, never)).toEqual({ status: 302, body: '' })
})

test('a page that hangs, is too large, or breaks off', async () => {
  const hanging = await page(() => {})
  const limit = AbortSignal.timeout(200)
  await expect(askHttp(host, { url: `http://127.0.0.1:${hanging}` }, limit)).rejects.toThrow()
  expect(limit.aborted).toBe(true)
  const large = await page((_, response) => void response.end(Buffer.alloc(5 * 1024 ** 2)))
  await expect(askHttp(host, { url: `http://127.0.0.1:${large}` }, never)).rejects.toThrow('larger than')
  const broken = await page(({ socket }) => void socket.destroy())
  await expect(askHttp(host, { url: `http://127.0.0.1:${broken}` }, never)).rejects.toThrow('socket hang up')
  const cut = await page((_, response) => {
    response.writeHead(200, { 'content-length': '100' }).write('half')
    setImmediate(() => response.destroy())
  })
  await expect(askHttp(host, { url: `http://127.0.0.1:${cut}` }, never)).rejects.toThrow('aborted')
})

test('a page with a certificate that nobody signed', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'lares-probe-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  const files = ['key', 'cert'].map((name) => join(directory, name)) as [string, string]
  const [keyFile, certFile] = files
  const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=localhost', '-keyout', keyFile]
  execFileSync('openssl', [...request, '-out', certFile], { stdio: 'ignore' })
  const [key, cert] = files.map((file) => readFileSync(file))
  const at = await listening(createTlsServer({ key, cert }, (_, response) => void response.end('safe')))
  for (const url of [`https://127.0.0.1:${at}`, `https://localhost:${at}`]) {
    await expect(askHttp(host, { url }, never)).rejects.toThrow('self-signed certificate')
    expect(await askHttp(host, { url, insecure: true }, never)).toEqual({ status: 200, body: 'safe' })
  }
  const { fingerprint256 } = new X509Certificate(cert!)
  const asked = async (tls: TlsTrust) => {
    const agent = httpAgent(host, { host: '127.0.0.1', port: at }, { tls: { name: '127.0.0.1', ...tls } })
    try {
      const [answer] = (await once(get({ agent }), 'response')) as [IncomingMessage]
      return answer.resume().statusCode
    } finally {
      agent.destroy()
    }
  }
  expect(await asked({ fingerprint: fingerprint256 })).toBe(200)
  expect(await asked({ fingerprint: fingerprint256.replaceAll(':', '').toLowerCase() })).toBe(200)
  await expect(asked({})).rejects.toMatchObject({ name: 'CertificateError', fingerprint: fingerprint256 })
  await expect(asked({ fingerprint: 'AB'.repeat(32) })).rejects.toThrow('another certificate')
})

test('no TLS where there is none', async () => {
  const at = await page((_, response) => void response.end())
  await expect(askHttp(host, { url: `https://127.0.0.1:${at}` }, never)).rejects.toThrow()
})

test('a port that keeps the connection, one that greets, one that closes at once, and one that is not there', async () => {
  const target = async (onConnection: (socket: Socket) => void) => ({
    host: '127.0.0.1',
    port: await port(onConnection),
  })
  await askTcp(host, await target(() => {}), never)
  await askTcp(host, await target((socket) => void socket.end('220 hello')), never)
  await expect(askTcp(host, await target((socket) => void socket.end()), never)).rejects.toThrow('closed at once')
  const reset = await target((socket) => void socket.resetAndDestroy())
  await expect(askTcp(host, reset, never)).rejects.toThrow(/no connection|ECONNRESET|closed at once/)
  await expect(askTcp(host, { host: '127.0.0.1', port: 1 }, never)).rejects.toThrow('no connection')
  await expect(askTcp(host, await target(() => {}), AbortSignal.timeout(50))).rejects.toThrow()
})
