import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { connectHost, type Host, localHost } from '@lares/transport'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { describeWith, describeWithSshd } from '../src/testing/parts.ts'
import { gone, isRunning } from '../src/testing/processes.ts'
import { createLogin, startSshd } from '../src/testing/sshd.ts'

/** What every host promises, however it is reached. */
function questions(open: () => Promise<{ host: Host; close(): Promise<void> }>): void {
  let host: Host
  let close: () => Promise<void>
  beforeAll(async () => {
    ;({ host, close } = await open())
  })
  afterAll(() => close())

  test('each has its own output, errors and status', async () => {
    const answers = await Promise.all([
      host.ask('echo "$1"; echo "$2" >&2; exit 3', { args: ["it's", 'a\nb'] }),
      host.ask('printf "no newline"'),
      host.ask('cat; echo end'),
      host.ask('kill -s KILL "$(sh -c \'echo $PPID\')"'),
      host.ask('cd /; pwd; LC_ALL=x; set -e; false; echo never'),
      host.ask('pwd; echo "$LC_ALL $#"'),
    ])
    expect(answers.map(({ exitCode, stdout, stderr }) => [exitCode, stdout, stderr])).toEqual([
      [3, "it's\n", 'a\nb\n'],
      [0, 'no newline', ''],
      [0, 'end\n', ''],
      [137, '', expect.anything()],
      [1, '/\n', ''],
      [0, expect.stringMatching(/^\/.*\nC 0\n$/), ''],
    ])
  })

  test('one that is no shell language does not spoil the others', async () => {
    const [broken, good] = await Promise.all([host.ask('if then "'), host.ask('echo good')])
    expect(broken.exitCode).not.toBe(0)
    expect(broken.stderr).not.toBe('')
    expect(good.stdout).toBe('good\n')
  })

  test('contents come back unchanged, whatever they are', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'lares-ask-'))
    onTestFinished(() => rmSync(directory, { recursive: true }))
    const contents = [randomBytes(300_000), Buffer.from('\n\nabc 0\n'), Buffer.from('\n'), Buffer.alloc(70_000, 10)]
    const paths = contents.map((bytes, n) => {
      writeFileSync(join(directory, String(n)), bytes)
      return join(directory, String(n))
    })
    const answers = await Promise.all(paths.map((path) => host.ask('cat "$1"', { args: [path] })))
    expect(answers.map(({ bytes }, n) => Buffer.from(bytes).equals(contents[n]!))).toEqual([true, true, true, true])
  })

  test('many arguments fit, more than a command line holds', async () => {
    const args = Array.from({ length: 20_000 }, (_, n) => `/srv/some/where/${n}/it's here`)
    const { stdout } = await host.ask('echo $#; for a; do :; done; echo "$a"', { args })
    expect(stdout).toBe("20000\n/srv/some/where/19999/it's here\n")
  })

  test('one that hangs keeps others waiting for two seconds, and ends', async () => {
    const began = Date.now()
    const hanging = host.ask('sleep 9101', { timeout: 4_000 })
    const after = host.ask('echo after').then(({ stdout }) => [stdout, Date.now() - began])
    const before = Date.now()
    await expect(hanging).rejects.toMatchObject({ code: 'timeout' })
    expect(Date.now() - before).toBeLessThan(6_000)
    const [stdout, took] = await after
    expect(stdout).toBe('after\n')
    expect(took).toBeLessThan(3_900)
    await gone('sleep', '9101')
  })

  test('aborted, it ends, and those behind it are answered', async () => {
    const control = new AbortController()
    const hanging = host.ask('sleep 9102', { signal: control.signal })
    const after = host.ask('echo after')
    await sleep(300)
    expect(isRunning('sleep', '9102')).toBe(true)
    control.abort()
    await expect(hanging).rejects.toMatchObject({ code: 'aborted' })
    expect((await after).stdout).toBe('after\n')
    await gone('sleep', '9102')
  })

  test('too much of an answer is an error of its own', async () => {
    const big = host.ask('yes', { maxOutput: 100_000 })
    const after = host.ask('echo after')
    await expect(big).rejects.toMatchObject({ code: 'output_too_large' })
    expect((await after).stdout).toBe('after\n')
  })

  test('one that ends the shell itself takes no other along', async () => {
    const before = host.ask('echo before')
    const fatal = host.ask('kill -s KILL $$')
    const after = host.ask('echo after')
    expect((await before).stdout).toBe('before\n')
    await expect(fatal).rejects.toMatchObject({ code: 'command_failed' })
    expect((await after).stdout).toBe('after\n')
  })
}

describeWith(undefined, 'questions to this machine', () => {
  questions(async () => {
    const host = localHost()
    return { host, close: () => host.close() }
  })
})

describeWithSshd('questions over SSH', () => {
  const login = createLogin()
  const opened: (() => Promise<void>)[] = []
  const open = async () => {
    const server = await startSshd({ authorized: [login.publicKey], config: ['MaxSessions 10'] })
    login.know(...server.knownHosts)
    const host = await connectHost(server.endpoint, login)
    const close = async () => {
      await host.close()
      await server.stop()
    }
    opened.push(close)
    return { server, host, close }
  }
  afterAll(async () => {
    login.remove()
  })

  questions(open)

  test('forty at the same time are one session; what is asked meanwhile is the next', async () => {
    const { server, host, close } = await open()
    const ask = async (n: number) => (await host.ask('sleep 0.01; echo "$1"', { args: [String(n)] })).stdout
    const first = Promise.all(Array.from({ length: 40 }, (_, n) => ask(n)))
    await sleep(150)
    const second = Promise.all([ask(40), ask(41)])
    expect((await first).at(-1)).toBe('39\n')
    expect(await second).toEqual(['40\n', '41\n'])
    expect(server.log().match(/Starting session/g)).toHaveLength(2)
    await close()
  })

  test('one after another are one session, too, each with a place of its own', async () => {
    const { server, host, close } = await open()
    expect((await host.ask('cd /; word=left; export word; echo 1')).stdout).toBe('1\n')
    expect((await host.ask('echo "$word"; pwd')).stdout).toBe((await host.ask('echo; pwd')).stdout)
    expect(server.log().match(/Starting session/g)).toHaveLength(1)
    await close()
  })

  test('leave the only session of a host to its commands after a while', async () => {
    const server = await startSshd({ authorized: [login.publicKey], config: ['MaxSessions 1'] })
    login.know(...server.knownHosts)
    const host = await connectHost(server.endpoint, login)
    expect((await host.ask('echo asked')).stdout).toBe('asked\n')
    expect((await host.exec(['echo', 'done'])).stdout).toBe('done\n')
    expect((await host.ask('echo again')).stdout).toBe('again\n')
    await host.close()
    await server.stop()
  })

  test('four commands that take long keep no question waiting', async () => {
    const { host, close } = await open()
    const control = new AbortController()
    const long = Array.from({ length: 4 }, () => host.exec(['sleep', '9103'], { signal: control.signal }))
    const ended = Promise.allSettled(long)
    await sleep(200)
    expect((await host.ask('echo quick', { timeout: 3_000 })).stdout).toBe('quick\n')
    control.abort()
    await ended
    await close()
  })

  test('a connection that drops: what was asked may be asked again', async () => {
    const { server, host, close } = await open()
    const asked = host.ask('sleep 9104')
    asked.catch(() => {})
    await sleep(300)
    server.dropConnections()
    await expect(asked).rejects.toMatchObject({ code: 'connection_lost', retryable: true })
    expect((await host.ask('echo back')).stdout).toBe('back\n')
    await close()
  })

  test('a login whose shell lets nobody in says so to each', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'lares-passwd-'))
    writeFileSync(join(directory, 'passwd'), `${readFileSync('/etc/passwd')}shut:x:0:0::/root:/bin/false\n`)
    const inNamespace = `mount --bind ${join(directory, 'passwd')} /etc/passwd`
    const server = await startSshd({ authorized: [login.publicKey], inNamespace })
    login.know(...server.knownHosts)
    const host = await connectHost({ ...server.endpoint, user: 'shut' }, login)
    const [one, two] = await Promise.allSettled([host.ask('echo 1'), host.ask('echo 2')])
    expect([one, two]).toMatchObject([{ reason: { code: 'command_failed' } }, { reason: { code: 'command_failed' } }])
    await host.close()
    await server.stop()
    rmSync(directory, { recursive: true })
  })
})
