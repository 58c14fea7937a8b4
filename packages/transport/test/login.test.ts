import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { type ConnectOptions, connectHost, type HostEndpoint, isHostError } from '@lares/transport'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { describeWithSshd } from '../src/testing/parts.ts'
import { createLogin, freePort, generateKey, type Login, type Sshd, startSshd } from '../src/testing/sshd.ts'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanUp of cleanups.splice(0).reverse()) await cleanUp()
})

function newLogin(passphrase?: string): Login {
  const login = createLogin(passphrase)
  cleanups.push(() => login.remove())
  return login
}

async function newServer(options: Parameters<typeof startSshd>[0]): Promise<Sshd> {
  const server = await startSshd(options)
  cleanups.push(() => server.stop())
  return server
}

/** Who answers behind a connection, or the error. */
async function greet(endpoint: HostEndpoint, options: ConnectOptions): Promise<string> {
  const host = await connectHost(endpoint, options)
  try {
    return (await host.exec(['echo', 'hello'])).stdout.trim()
  } finally {
    await host.close()
  }
}

describeWithSshd("a host's key", () => {
  test('an unknown one is refused, and following the advice accepts it', async () => {
    const login = newLogin()
    const server = await newServer({ authorized: [login.publicKey] })
    const error = await greet(server.endpoint, login).catch((reason: unknown) => reason)
    if (!isHostError(error, 'host_key_unknown')) throw error
    const [, type, base64] = server.knownHosts[0]!.split(' ')
    expect(error.message).toMatch(/host key ssh-ed25519 SHA256:\S{43} is not known/)
    expect(error.advice).toContain(`${type} ${base64}`)

    execFileSync('sh', ['-c', error.advice!.slice(error.advice!.indexOf('mkdir'))])
    expect(await greet(server.endpoint, login)).toBe('hello')
  })

  test('a changed one is refused and the line that it contradicts is named', async () => {
    const login = newLogin()
    const server = await newServer({ authorized: [login.publicKey] })
    const other = join(login.home, 'other')
    generateKey('ed25519', other)
    login.know('# a comment', `[127.0.0.1]:${server.port} ${readFileSync(`${other}.pub`, 'utf8').trim()}`)
    await expect(greet(server.endpoint, login)).rejects.toMatchObject({
      code: 'host_key_changed',
      retryable: false,
      detail: expect.stringContaining('known_hosts, line 2,'),
      advice: expect.stringContaining('ssh-keygen -R'),
    })
  })

  test('hashed known hosts are understood', async () => {
    const login = newLogin()
    const server = await newServer({ authorized: [login.publicKey] })
    login.know(...server.knownHosts)
    const file = join(login.home, '.ssh/known_hosts')
    execFileSync('ssh-keygen', ['-q', '-H', '-f', file], { stdio: 'ignore' })
    expect(readFileSync(file, 'utf8')).toMatch(/^\|1\|/)
    expect(await greet(server.endpoint, login)).toBe('hello')
  })

  test.each([0, 1, 2])('of several types, the one that is known is asked for (%i)', async (index) => {
    const login = newLogin()
    const server = await newServer({ authorized: [login.publicKey], hostKeys: ['ed25519', 'ecdsa', 'rsa'] })
    login.know(server.knownHosts[index]!)
    expect(await greet(server.endpoint, login)).toBe('hello')
  })

  test('a revoked one is refused', async () => {
    const login = newLogin()
    const server = await newServer({ authorized: [login.publicKey] })
    login.know(...server.knownHosts, `@revoked ${server.knownHosts[0]}`)
    await expect(greet(server.endpoint, login)).rejects.toMatchObject({ code: 'host_key_revoked' })
  })

  test('one that is given with the endpoint takes the place of known_hosts', async () => {
    const login = newLogin()
    const server = await newServer({ authorized: [login.publicKey] })
    const [, type, base64] = server.knownHosts[0]!.split(' ')
    expect(await greet({ ...server.endpoint, hostKey: `${type} ${base64}` }, login)).toBe('hello')
    await expect(greet({ ...server.endpoint, hostKey: 'SHA256:else' }, login)).rejects.toMatchObject({
      code: 'host_key_changed',
      detail: expect.stringContaining('installed anew'),
      advice: expect.stringContaining(`hostKey: '${type} ${base64}'`),
    })
  })
})

describeWithSshd('a login', () => {
  let server: Sshd
  let owner: Login
  const passphrase = 'correct horse'
  let careful: Login

  beforeAll(async () => {
    owner = createLogin()
    careful = createLogin(passphrase)
    server = await startSshd({ authorized: [owner.publicKey, careful.publicKey] })
    owner.know(...server.knownHosts)
    careful.know(...server.knownHosts)
  })
  afterAll(async () => {
    await server.stop()
    owner.remove()
    careful.remove()
  })

  test('with a key that the host does not know says what was tried', async () => {
    const stranger = newLogin()
    stranger.know(...server.knownHosts)
    await expect(greet(server.endpoint, stranger)).rejects.toMatchObject({
      code: 'auth_failed',
      retryable: false,
      detail: expect.stringMatching(/no SSH agent[\s\S]*tried .*id_ed25519[\s\S]*the host allows: publickey/),
    })
  })

  test('with an encrypted key asks for the passphrase of that file', async () => {
    const asked: string[] = []
    const options = {
      ...careful,
      passphrase: (file: string) => {
        asked.push(file)
        return passphrase
      },
    }
    expect(await greet(server.endpoint, options)).toBe('hello')
    expect(asked).toEqual([join(careful.home, '.ssh/id_ed25519')])
  })

  test('with an encrypted key and no passphrase says what is missing', async () => {
    await expect(greet(server.endpoint, careful)).rejects.toMatchObject({
      code: 'auth_failed',
      detail: expect.stringMatching(/id_ed25519 is encrypted and no passphrase was given.*ssh-add/),
    })
    await expect(greet(server.endpoint, { ...careful, passphrase: () => 'wrong' })).rejects.toMatchObject({
      code: 'auth_failed',
      detail: expect.stringMatching(/the passphrase for .*id_ed25519 is wrong/),
    })
  })

  test('with an agent needs no key file', async () => {
    const login = newLogin()
    login.know(...server.knownHosts)
    const socket = join(login.home, 'agent')
    const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: ['ignore', 'pipe', 'ignore'] })
    cleanups.push(() => void agent.kill())
    await once(agent.stdout, 'data')
    execFileSync('ssh-add', ['-q', join(owner.home, '.ssh/id_ed25519')], {
      env: { ...process.env, SSH_AUTH_SOCK: socket },
    })
    const environment = { ...login.environment, agentSocket: socket }
    expect(await greet(server.endpoint, { environment })).toBe('hello')

    login.configure('IdentitiesOnly yes\n')
    await expect(greet(server.endpoint, { environment })).rejects.toMatchObject({ code: 'auth_failed' })
  })

  test('with an agent that is gone falls back to the key files', async () => {
    const environment = { ...owner.environment, agentSocket: join(owner.home, 'no-agent') }
    expect(await greet(server.endpoint, { environment })).toBe('hello')
  })

  test('by an alias of the SSH configuration', async () => {
    owner.configure(`Host tower\n HostName 127.0.0.1\n Port ${server.port}\n User root\n`)
    expect(await greet({ address: 'tower' }, owner)).toBe('hello')
  })
})

describeWithSshd('jumping over other hosts', () => {
  test('through two servers, each with its own host key', async () => {
    const login = newLogin()
    const [first, second, third] = await Promise.all([1, 2, 3].map(() => newServer({ authorized: [login.publicKey] })))
    login.know(...first!.knownHosts, ...second!.knownHosts, ...third!.knownHosts)
    const proxyJump = [`root@127.0.0.1:${first!.port}`, `root@127.0.0.1:${second!.port}`]
    expect(await greet({ ...third!.endpoint, proxyJump }, login)).toBe('hello')
    expect(first!.log()).toContain('Accepted publickey')
    expect(second!.log()).toContain('Accepted publickey')
  })

  test('a host whose key is not known is refused on the way, too', async () => {
    const login = newLogin()
    const [first, second] = await Promise.all([1, 2].map(() => newServer({ authorized: [login.publicKey] })))
    login.know(...second!.knownHosts)
    login.configure(
      `Host target\n HostName 127.0.0.1\n Port ${second!.port}\n ProxyJump root@127.0.0.1:${first!.port}\n`,
    )
    await expect(greet({ address: 'target', user: 'root' }, login)).rejects.toMatchObject({
      code: 'host_key_unknown',
      message: expect.stringContaining(`:${first!.port}`),
    })
  })

  test('a target that the jump host does not reach is unreachable', async () => {
    const login = newLogin()
    const first = await newServer({ authorized: [login.publicKey] })
    login.know(...first.knownHosts)
    const endpoint = { address: '127.0.0.1', port: await freePort(), proxyJump: [`root@127.0.0.1:${first.port}`] }
    await expect(greet(endpoint, login)).rejects.toMatchObject({
      code: 'unreachable',
      retryable: true,
      message: expect.stringContaining(`through root@127.0.0.1:${first.port}`),
    })
  })

  test('a circle is refused', async () => {
    const login = newLogin()
    login.configure('Host a\n ProxyJump b\nHost b\n ProxyJump a\n')
    await expect(greet({ address: 'a' }, login)).rejects.toMatchObject({ code: 'config_invalid' })
  })

  test('through a host that is open already', async () => {
    const login = newLogin()
    const [first, second] = await Promise.all([1, 2].map(() => newServer({ authorized: [login.publicKey] })))
    login.know(...first!.knownHosts, ...second!.knownHosts)
    const via = await connectHost(first!.endpoint, login)
    cleanups.push(() => via.close())
    expect(await greet(second!.endpoint, { ...login, via })).toBe('hello')
    expect((await via.exec(['echo', 'still here'])).stdout).toBe('still here\n')
  })
})

describe('nobody answers', () => {
  test('nothing listens: told at once', async () => {
    const started = Date.now()
    const endpoint = { address: '127.0.0.1', port: await freePort(), user: 'root' }
    await expect(greet(endpoint, newLogin())).rejects.toMatchObject({
      code: 'unreachable',
      retryable: true,
      message: expect.stringContaining('nothing listens there'),
    })
    expect(Date.now() - started).toBeLessThan(2_000)
  })

  test('there is no such name', async () => {
    const endpoint = { address: 'no-such-host.invalid', connectTimeout: 5_000 }
    await expect(greet(endpoint, newLogin())).rejects.toMatchObject({ code: 'unreachable' })
  })

  test.each([
    ['says nothing', ''],
    ['greets and then says nothing', 'SSH-2.0-OpenSSH_9.2\r\n'],
  ])('a server that accepts and %s', async (_name, greeting) => {
    const silent = createServer((socket) => socket.on('error', () => {}).write(greeting)).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    cleanups.push(() => void silent.close())
    const { port } = silent.address() as AddressInfo
    const started = Date.now()
    await expect(
      greet({ address: '127.0.0.1', port, user: 'root', connectTimeout: 400 }, newLogin()),
    ).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('SSH did not answer within 400 ms'),
    })
    expect(Date.now() - started).toBeLessThan(1_500)
  })

  test('something else than SSH answers', async () => {
    const web = createServer((socket) => socket.on('error', () => {}).end('HTTP/1.1 400 Bad Request\r\n\r\n'))
    await once(web.listen(0, '127.0.0.1'), 'listening')
    cleanups.push(() => void web.close())
    const { port } = web.address() as AddressInfo
    const error = await greet({ address: '127.0.0.1', port, connectTimeout: 2_000 }, newLogin()).catch(
      (e: unknown) => e,
    )
    expect(isHostError(error)).toBe(true)
  })

  test('an abort ends the attempt', async () => {
    const silent = createServer().listen(0, '127.0.0.1')
    await once(silent, 'listening')
    cleanups.push(() => void silent.close())
    const { port } = silent.address() as AddressInfo
    const signal = AbortSignal.timeout(200)
    const started = Date.now()
    await expect(greet({ address: '127.0.0.1', port }, { ...newLogin(), signal })).rejects.toMatchObject({
      code: 'aborted',
    })
    expect(Date.now() - started).toBeLessThan(1_500)
  })
})

test('a configuration that is none is refused with its name', async () => {
  const login = newLogin()
  writeFileSync(join(login.home, '.ssh/config'), 'Host "unterminated\n')
  await expect(greet({ address: 'x' }, login)).rejects.toMatchObject({
    code: 'config_invalid',
    message: expect.stringContaining('.ssh/config'),
  })
})
