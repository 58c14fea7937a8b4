import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { connectHost, type Host, localHost } from '@lares/transport'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeWith, describeWithSshd } from '../src/testing/parts.ts'
import { gone, isRunning } from '../src/testing/processes.ts'
import { createLogin, startSshd } from '../src/testing/sshd.ts'

/** What every host promises, however it is reached. */
function commands(open: () => Promise<{ host: Host; close(): Promise<void> }>): void {
  let host: Host
  let close: () => Promise<void>
  beforeAll(async () => {
    ;({ host, close } = await open())
  })
  afterAll(() => close())

  test('output, errors and status are told apart', async () => {
    const result = await host.exec(['sh', '-c', 'echo out; echo err >&2; exit 3'], { reject: false })
    expect(result).toMatchObject({ exitCode: 3, stdout: 'out\n', stderr: 'err\n' })
  })

  test('a status other than 0 rejects, and says what the command said', async () => {
    await expect(host.exec(['sh', '-c', 'echo first >&2; echo last >&2; exit 3'])).rejects.toMatchObject({
      code: 'command_failed',
      exitCode: 3,
      detail: 'first\nlast',
      retryable: false,
      message: expect.stringMatching(/exited with 3: last$/),
    })
  })

  test('a program that is not there is status 127', async () => {
    expect((await host.exec(['no-such-program'], { reject: false })).exitCode).toBe(127)
  })

  test('a command that a signal ended is status 128 + n', async () => {
    expect((await host.exec(['sh', '-c', 'kill -s KILL $$'], { reject: false })).exitCode).toBe(137)
  })

  test('arguments arrive as they are', async () => {
    const args = ['', ' ', "it's", '$HOME', '`id`', 'a\nb', '*', '-n', '!', 'ü\\', 'A=b', '~']
    const { stdout } = await host.exec(['sh', '-c', 'printf "%s\\0" "$@"', 'sh', ...args])
    expect(stdout.split('\0').slice(0, -1)).toEqual(args)
  })

  test('binary input comes back unchanged', async () => {
    const input = randomBytes(5_000_000)
    const { bytes } = await host.exec(['cat'], { input })
    expect(Buffer.from(bytes).equals(input)).toBe(true)
  })

  test('without input a command reads the end of file', async () => {
    expect((await host.exec(['cat'])).stdout).toBe('')
  })

  test('a command that does not read its input just ends', async () => {
    expect((await host.exec(['true'], { input: randomBytes(3_000_000) })).exitCode).toBe(0)
  })

  test('directory and environment', async () => {
    const env = { TOKEN: "a'b\n\n$c\n", EMPTY: '' }
    const { stdout } = await host.exec(['sh', '-c', 'pwd; printf "%s|%s|" "$TOKEN" "$EMPTY"; cat'], {
      cwd: '/usr',
      env,
      input: 'rest',
    })
    expect(stdout).toBe(`/usr\n${env.TOKEN}||rest`)
    expect((await host.exec(['pwd'], { cwd: '/usr/lib' })).stdout).toBe('/usr/lib\n')
    await expect(host.exec(['pwd'], { cwd: '/no such place' })).rejects.toMatchObject({ code: 'command_failed' })
  })

  test('variables stand on no command line', async () => {
    const secret = randomBytes(8).toString('hex')
    const seen = host.exec(['sh', '-c', 'cat /proc/[0-9]*/cmdline | tr "\\0" " "; sleep 0.1'], {
      env: { SECRET: secret },
    })
    expect((await seen).stdout).not.toContain(secret)
  })

  test('a script is parsed as a whole, has arguments, and an empty stdin', async () => {
    const result = await host.script('cat\necho "$2|$1"\nexit 4', { args: ['a b', '$c'], reject: false })
    expect(result).toMatchObject({ exitCode: 4, stdout: '$c|a b\n' })
    const broken = await host.script('echo started\nif true', { reject: false })
    expect(broken.exitCode).not.toBe(0)
    expect(broken.stdout).toBe('')
  })

  test('a hundred commands at once', async () => {
    const results = await Promise.all(Array.from({ length: 100 }, (_, n) => host.exec(['echo', String(n)])))
    expect(results.map(({ stdout }) => stdout.trim())).toEqual(Array.from({ length: 100 }, (_, n) => String(n)))
  })

  test('big output arrives whole, and more than allowed ends the command', async () => {
    const { bytes } = await host.exec(['head', '-c', '12000000', '/dev/zero'])
    expect(bytes.length).toBe(12_000_000)
    await expect(host.exec(['yes'], { maxOutput: 100_000 })).rejects.toMatchObject({ code: 'output_too_large' })
  })

  test.each([
    ['the command itself', 'sleep 7001'],
    ['its children', 'sleep 7002 & sleep 7003; :'],
    ['one that ignores SIGTERM', 'trap "" TERM; sleep 7004; sleep 7005'],
  ])('a timeout ends %s', async (_name, script) => {
    await expect(host.exec(['sh', '-c', script], { timeout: 300 })).rejects.toMatchObject({
      code: 'timeout',
      message: expect.stringContaining('300 ms'),
    })
    for (const [seconds] of script.matchAll(/700\d/g)) await gone('sleep', seconds)
  })

  test('an abort ends the command', async () => {
    const controller = new AbortController()
    const running = host.exec(['sleep', '7011'], { signal: controller.signal })
    await sleep(200)
    expect(isRunning('sleep', '7011')).toBe(true)
    controller.abort()
    await expect(running).rejects.toMatchObject({ code: 'aborted' })
    await gone('sleep', '7011')
    await expect(host.exec(['true'], { signal: controller.signal })).rejects.toMatchObject({ code: 'aborted' })
  })

  test('what is sensitive is in no error', async () => {
    const failing = host.exec(['sh', '-c', 'echo "password hunter2 refused" >&2; exit 1'], { sensitive: ['hunter2'] })
    const error = await failing.then(() => undefined, String)
    expect(error).toContain('password *** refused')
    expect(error).not.toContain('hunter2')
  })

  test('a spawned command is a pair of streams', async () => {
    const process = await host.spawn(['sh', '-c', 'read line; echo "got $line"; exit 5'])
    process.stderr.resume()
    process.stdin.end('this\n')
    const chunks: Buffer[] = []
    for await (const chunk of process.stdout as AsyncIterable<Buffer>) chunks.push(chunk)
    expect(Buffer.concat(chunks).toString()).toBe('got this\n')
    expect(await process.exited).toBe(5)
  })

  test('the signal of a spawned command ends it', async () => {
    const controller = new AbortController()
    const process = await host.spawn(['sleep', '7031'], { signal: controller.signal })
    process.stdout.resume()
    process.stderr.resume()
    controller.abort()
    expect(await process.exited).toBeGreaterThan(128)
  })

  test('a spawned command can be ended, even before it has begun', async () => {
    for (let round = 0; round < 20; round++) {
      const process = await host.spawn(['sleep', '7021'])
      process.stdout.resume()
      process.stderr.resume()
      await process.kill()
      expect(await process.exited).toBeGreaterThan(128)
    }
    await gone('sleep', '7021')
  })
}

describeWith(undefined, 'commands on this machine', () =>
  commands(async () => {
    const host = localHost()
    return { host, close: () => host.close() }
  }),
)

describeWithSshd('commands over SSH', () =>
  commands(async () => {
    const login = createLogin()
    const server = await startSshd({ authorized: [login.publicKey] })
    login.know(...server.knownHosts)
    const host = await connectHost(server.endpoint, login)
    return {
      host,
      async close() {
        await host.close()
        await server.stop()
        login.remove()
      },
    }
  }),
)
