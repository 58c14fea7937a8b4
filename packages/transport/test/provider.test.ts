import { connectHost, hostEndpoint, hostProvider, localHost, readMachineId } from '@lares/transport'
import { expect, test } from 'vitest'
import { describeWithSshd } from '../src/testing/parts.ts'
import { createLogin, startSshd } from '../src/testing/sshd.ts'

const { signal } = new AbortController()

test('without anything said it is this machine, known by its machine-id', async () => {
  const via = () => Promise.reject(new Error('not asked for'))
  const host = await hostProvider.connect({ endpoint: hostProvider.fallback!(), signal, via })
  expect(host.local).toBe(true)
  expect(await hostProvider.scope!(host, signal)).toBe(await readMachineId(localHost()))
  await hostProvider.close!(host)
})

test('an address that is undefined is no way to say this machine', async () => {
  const endpoint = { address: process.env.LARES_NOT_SET, user: 'root' }
  const given = endpoint as { user: string }
  await expect(connectHost(given)).rejects.toMatchObject({
    code: 'config_invalid',
    advice: expect.stringContaining('leave "address" out'),
  })
  const via = () => Promise.reject(new Error('not asked for'))
  await expect((async () => hostProvider.connect({ endpoint: given, signal, via }))()).rejects.toThrow('undefined')
})

test('a login that nobody answers has the code that makes it a warning', async () => {
  const endpoint = { address: '127.0.0.1', port: 1, user: 'root' }
  const via = async () => undefined
  await expect(hostProvider.connect({ endpoint, signal, via })).rejects.toMatchObject({ code: 'unreachable' })
})

test('a way that is closed is not gone around', async () => {
  const endpoint = { address: '127.0.0.1', port: 1, user: 'root' }
  const via = () => Promise.reject(Object.assign(new Error('the tower is off'), { reason: 'unreachable' }))
  await expect(hostProvider.connect({ endpoint, signal, via })).rejects.toThrow('the tower is off')
})

test('an endpoint is validated', () => {
  expect(hostEndpoint.safeParse({ address: 'tower', port: 70_000 }).success).toBe(false)
  expect(hostEndpoint.safeParse({ address: undefined }).success).toBe(false)
  expect(hostEndpoint.safeParse({ address: 'tower', port: 22, user: 'root', proxyJump: [] }).success).toBe(true)
})

describeWithSshd('a host behind another', () => {
  test('is reached through it', async () => {
    const login = createLogin()
    const servers = await Promise.all([1, 2].map(() => startSshd({ authorized: [login.publicKey] })))
    const [tower, guest] = servers as [(typeof servers)[0], (typeof servers)[0]]
    login.know(...tower.knownHosts)
    const via = await connectHost(tower.endpoint, login)
    try {
      const [, type, key] = guest.knownHosts[0]!.split(' ')
      const identityFiles = [`${login.home}/.ssh/id_ed25519`]
      const endpoint = { ...guest.endpoint, identityFiles, hostKey: `${type} ${key}` }
      const host = await hostProvider.connect({ endpoint, signal, via: async () => via })
      expect((await host.exec(['printenv', 'SSH_CONNECTION'])).stdout).toContain(` ${guest.port}\n`)
      await hostProvider.close!(host)
      expect((await via.exec(['true'])).exitCode).toBe(0)
    } finally {
      await via.close()
      await Promise.all(servers.map((server) => server.stop()))
      login.remove()
    }
  })
})
