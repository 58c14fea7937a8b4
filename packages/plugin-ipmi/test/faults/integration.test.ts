import { readdirSync, readFileSync } from 'node:fs'
import { connectHost } from '@lares/transport'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type RigBmc, startBmc, startProxy, type UdpProxy } from '../../../../e2e/rig/bmc.ts'
import { cutOff, restore, rigHost, rig as rigParts } from '../../../../e2e/rig/rig.ts'
import { type ConnectBmcOptions, connectBmc } from '../../src/index.ts'

let rig: RigBmc
let login: ConnectBmcOptions
beforeAll(async () => {
  rig = await startBmc()
  login = { address: rig.address, user: rig.user, password: rig.password }
})
afterAll(() => rig.remove())

const timed = async <T>(act: Promise<T>): Promise<[T, number]> => {
  const start = performance.now()
  return [await act, performance.now() - start]
}

describe('a login that is wrong', () => {
  test.each([
    ['password', { password: 'wrong-secret' }, 'auth_failed'],
    ['user', { user: 'nobody' }, 'auth_failed'],
    ['cipher suite', { cipherSuite: 17 }, 'no_cipher'],
    ['cipher suite, at which ipmitool aborts', { cipherSuite: 12 }, 'no_cipher'],
  ])('by its %s', async (_, wrong, code) => {
    const error = await connectBmc({ ...login, ...wrong }).then(
      () => expect.fail('it was let in'),
      (error: Error) => error,
    )
    expect(error).toMatchObject({ code, advice: expect.any(String) })
    expect(JSON.stringify({ ...error, text: String(error), stack: error.stack })).not.toMatch(
      /wrong-secret|open-sesame/,
    )
  })

  test.each([
    ['', 'the password is empty'],
    ['123456789012345678901', 'more than 20 bytes'],
    ['ääääääääääü', 'more than 20 bytes'],
    ['two\nlines', 'line break'],
  ])('is not even sent: %j', async (password, message) => {
    await expect(connectBmc({ ...login, password })).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringContaining(message),
    })
  })

  test('is not tried again, because boards lock users out', async () => {
    const proxy = await startProxy({ address: rig.address, port: rig.port }, '127.0.0.1')
    const { ipmitoolDriver } = await import('../../src/index.ts')
    const driver = ipmitoolDriver(await connectHost(), {
      ...login,
      address: proxy.address,
      port: proxy.port,
      password: 'no',
    })
    await expect(driver.chassis()).rejects.toMatchObject({ code: 'auth_failed' })
    proxy.fault({ passes: 0 })
    await expect(driver.chassis()).rejects.toMatchObject({ code: 'auth_failed' })
    proxy.close()
  })
})

describe('a BMC that answers badly', () => {
  let proxy: UdpProxy
  beforeAll(async () => {
    proxy = await startProxy({ address: rig.address, port: rig.port }, '127.0.0.1')
  })
  afterAll(() => proxy.close())
  const through = (more: Partial<ConnectBmcOptions> = {}) =>
    connectBmc({ ...login, address: proxy.address, port: proxy.port, timeout: 1_000, ...more })

  test('or not at all', async () => {
    proxy.fault({ passes: 0 })
    await expect(through()).rejects.toMatchObject({ code: 'unreachable' })
    await expect(connectBmc({ ...login, address: '127.0.0.1', port: 9, timeout: 1_000 })).rejects.toMatchObject({
      code: 'unreachable',
    })
    await expect(connectBmc({ ...login, address: 'bmc.invalid' })).rejects.toMatchObject({ code: 'unreachable' })
  })

  test('with the first words only', async () => {
    proxy.fault({ passes: 2 })
    await expect(through({ cipherSuite: 3 })).rejects.toMatchObject({
      code: expect.stringMatching(/^(incomplete|unreachable)$/),
    })
  })

  // Half of what proves the password cannot be told from a wrong proof, so it begins after that.
  test('with halves', async () => {
    proxy.fault()
    const bmc = await through()
    proxy.fault({ passes: 6, halves: true })
    await expect(bmc.sensors()).rejects.toMatchObject({
      code: expect.stringMatching(/^(incomplete|unreachable|refused)$/),
    })
  })

  test('that stops in the middle of a command', async () => {
    proxy.fault()
    const bmc = await through()
    // A session takes 7 answers or so; the list of sensors takes many more.
    proxy.fault({ passes: 14 })
    await expect(bmc.sensors({ thresholds: true })).rejects.toMatchObject({
      code: expect.stringMatching(/^(incomplete|unreachable|refused)$/),
    })
    proxy.fault()
    expect(await bmc.sensors()).toHaveLength(4)
  })

  test('slowly: seconds for each request', async () => {
    proxy.fault({ delay: 1_500 })
    const [bmc, opening] = await timed(through({ timeout: 5_000 }))
    expect(opening).toBeGreaterThan(1_500)
    expect(await bmc.powerState()).toBe('off')
    proxy.fault()
  })

  test('slower than it is given time for', async () => {
    const bmc = await through()
    proxy.fault({ delay: 30_000 })
    await expect(bmc.powerState()).rejects.toMatchObject({ code: 'unreachable' })
    proxy.fault()
  })

  test('until the caller gives up', async () => {
    proxy.fault({ passes: 0 })
    const waiting = connectBmc({
      ...{ ...login, address: proxy.address, port: proxy.port, timeout: 60_000 },
      signal: AbortSignal.timeout(500),
    })
    await expect(waiting).rejects.toMatchObject({ code: 'aborted' })
    proxy.fault()
  })
})

test('all sessions are taken', async () => {
  const busy = await startBmc()
  try {
    await busy.takeSessions()
    const { address, user, password } = busy
    await expect(connectBmc({ address, user, password })).rejects.toMatchObject({
      code: 'too_many_sessions',
      retryable: true,
    })
  } finally {
    await busy.remove()
  }
})

test('it is reset while a machine is being switched on', async () => {
  const bmc = await connectBmc({ ...login, timeout: 1_000 })
  await rig.mark('stuck', true)
  const waiting = bmc.power('on', { interval: 200, timeout: 120_000 })
  await expect.poll(() => rig.told(), { timeout: 60_000 }).toContain('set power 1')
  await rig.stop()
  await rig.mark('stuck', false)
  await rig.switch(true)
  await rig.start()
  await waiting
  expect(await bmc.powerState()).toBe('on')
})

describe('from a host of the lab', () => {
  test('the password is in no command line of either machine, and in no log', async () => {
    const far = await startBmc({ address: '10.77.0.1', port: 6_230 })
    const h1 = rigHost('h1')
    const { user, password } = far
    const seen: string[] = []
    const look = () => {
      for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name)))
        try {
          seen.push(readFileSync(`/proc/${pid}/cmdline`, 'utf8'))
        } catch {}
    }
    const proxy = await startProxy({ address: '10.77.0.1', port: 6_230 }, '10.77.0.1')
    const host = await connectHost({
      ...{ address: h1.address, user: h1.user, identityFiles: [h1.identityFile] },
    })
    const timer = setInterval(look, 10)
    try {
      proxy.fault({ delay: 100 })
      const bmc = await connectBmc({ address: proxy.address, port: proxy.port, user, password, host })
      expect(await bmc.powerState()).toBe('off')
      await bmc.setUser(6, { name: 'eve', password: 'eves-own-secret', privilege: 'user', ipmi: true, enabled: true })
      expect(bmc.description).toContain(h1.address)
      expect(seen.join('\n')).toContain('ipmitool')
      expect(seen.join('\n')).not.toContain(password)
      expect(seen.join('\n')).not.toMatch(/eves-own-secret|0x65 0x76 0x65 0x73|0x65\0/)
      await cutOff(h1)
      await expect(bmc.powerState({ signal: AbortSignal.timeout(3_000) })).rejects.toMatchObject({ name: 'HostError' })
    } finally {
      clearInterval(timer)
      await restore(h1)
      await host.close()
      proxy.close()
      await far.remove()
    }
  })

  test('without ipmitool says so', async () => {
    const { hosts } = rigParts()
    const debian = hosts.find(({ name }) => name === 'debian')!
    const host = await connectHost({ address: debian.address, user: debian.user, identityFiles: [debian.identityFile] })
    try {
      await expect(connectBmc({ ...login, host })).rejects.toMatchObject({ code: 'not_installed' })
    } finally {
      await host.close()
    }
  })
})
