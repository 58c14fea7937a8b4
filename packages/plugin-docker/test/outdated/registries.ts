import { type ChildProcess, spawn } from 'node:child_process'
import { createPrivateKey, sign, X509Certificate } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { execa } from 'execa'
import { onTestFinished } from 'vitest'

/** A registry of one test, at an address that an engine of the same machine may ask without TLS. */
export interface OwnRegistry {
  address: string
  stop(): Promise<void>
}

interface RegistryOptions {
  port: number
  /** Where it listens; this machine alone when absent. */
  ip?: string
  auth?: object
  /** Runs it inside a host's namespaces: its first process. */
  inside?: number
}

/** Starts the real registry; gone when the test ends. */
export async function ownRegistry({ port, ip, auth, inside }: RegistryOptions): Promise<OwnRegistry> {
  const directory = await mkdtemp(join(tmpdir(), 'lares-registry-'))
  const address = `${ip ?? 'localhost'}:${port}`
  const storage = { inmemory: {} }
  const config = {
    version: '0.1',
    log: { level: 'error' },
    storage,
    http: { addr: `${ip ?? '127.0.0.1'}:${port}` },
    auth,
  }
  const text = JSON.stringify(config)
  const file = join(directory, 'config.yml')
  await writeFile(file, text)
  const serve = ['docker-registry', 'serve', file]
  const enter = ['nsenter', '--target', String(inside), '--net']
  const [program = '', ...args] = inside === undefined ? serve : [...enter, ...serve]
  const child = spawn(program, args, { stdio: 'ignore' })
  const stop = async () => {
    await ended(child)
    await rm(directory, { recursive: true, force: true })
  }
  onTestFinished(stop)
  if (inside === undefined) await until(async () => [200, 401].includes((await fetch(`http://${address}/v2/`)).status))
  return { address, stop }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise((resolve) => child.once('exit', resolve))
  child.kill()
  await gone
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let attempts = 0; attempts < 100; attempts++) {
    if (await isSo().catch(() => false)) return
    await delay(100)
  }
  throw new Error('the registry does not answer')
}

/** A server of this test; gone when it ends. */
export async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<number> {
  const server: Server = createServer(answer).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return (server.address() as AddressInfo).port
}

/** Passes everything on to a registry and writes down what passes. */
export async function listening(registry: string): Promise<{ address: string; asked: string[] }> {
  const asked: string[] = []
  const port = await serve((incoming, outgoing) => {
    asked.push(`${incoming.method} ${incoming.url}`)
    const { method = 'GET', headers, url = '/' } = incoming
    const passed = request(`http://${registry}${url}`, { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(outgoing)
    })
    passed.on('error', () => outgoing.destroy())
    incoming.pipe(passed)
  })
  return { address: `localhost:${port}`, asked }
}

export interface TokenGiver {
  /** For the registry's configuration. */
  auth: object
  /** What was asked of it, with the login that came with it. */
  asked: string[]
}

/** Gives tokens, as the registry's own specification has it, for those who may pull what they ask for. */
export async function tokenGiver(logins: Record<string, string>): Promise<TokenGiver> {
  const directory = await mkdtemp(join(tmpdir(), 'lares-tokens-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  const [key, certificate] = [join(directory, 'key.pem'), join(directory, 'certificate.pem')]
  const subject = ['-subj', '/CN=tokens', '-days', '2', '-nodes', '-newkey', 'rsa:2048']
  await execa('openssl', ['req', '-x509', ...subject, '-keyout', key, '-out', certificate])
  const asked: string[] = []
  const privateKey = createPrivateKey(await readFile(key))
  const x5c = [new X509Certificate(await readFile(certificate)).raw.toString('base64')]
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const token = (scope: string | null, subject: string) => {
    const [type, name, actions] = scope?.split(':') ?? []
    const now = Math.floor(Date.now() / 1000)
    const access = type === undefined ? [] : [{ type, name, actions: actions?.split(',') }]
    const times = { iat: now, nbf: now - 5, exp: now + 300 }
    const claims = { iss: 'lares-test', aud: 'own-registry', sub: subject, ...times, jti: String(asked.length), access }
    const signed = `${part({ typ: 'JWT', alg: 'RS256', x5c })}.${part(claims)}`
    return `${signed}.${sign('sha256', Buffer.from(signed), privateKey).toString('base64url')}`
  }
  const port = await serve((incoming, outgoing) => {
    const url = new URL(incoming.url ?? '/', 'http://tokens')
    const scope = url.searchParams.get('scope')
    const login = Buffer.from(incoming.headers.authorization?.replace(/^Basic /, '') ?? '', 'base64').toString()
    const [user = '', ...password] = login.split(':')
    asked.push(`${user} ${scope} ${url.searchParams.get('service')}`)
    outgoing.statusCode = logins[user] === password.join(':') ? 200 : 401
    outgoing.setHeader('content-type', 'application/json')
    outgoing.end(JSON.stringify(outgoing.statusCode === 200 ? { token: token(scope, user) } : {}))
  })
  const realm = `http://127.0.0.1:${port}/token`
  const auth = { token: { realm, service: 'own-registry', issuer: 'lares-test', rootcertbundle: certificate } }
  return { auth, asked }
}
