import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { connectHost, editFile, type Host, localHost } from '@lares/transport'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { describeWithSshd } from '../src/testing/parts.ts'
import { createLogin, type Sshd, startSshd } from '../src/testing/sshd.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lares-files-'))
  return () => rmSync(directory, { recursive: true, force: true })
})

const nothingLeft = () => expect(readdirSync(directory).filter((name) => name.includes('lares'))).toEqual([])
const isRoot = userInfo().uid === 0

function files(host: () => Host): void {
  test('bytes come back unchanged, empty ones too', async () => {
    for (const data of [randomBytes(3_000_000), Buffer.alloc(0)]) {
      await host().writeFile(join(directory, 'file'), data)
      expect(Buffer.from(await host().readFile(join(directory, 'file'))).equals(data)).toBe(true)
    }
    nothingLeft()
  })

  test('a name may hold anything but a slash', async () => {
    const path = join(directory, "-n it's $HOME *\n")
    await host().writeFile(path, 'ü')
    expect(Buffer.from(await host().readFile(path)).toString()).toBe('ü')
  })

  // Its lock is where root alone may write.
  test.runIf(isRoot)('what others wrote is edited, and may be longer than a command line', async () => {
    const path = join(directory, `edited-${process.pid}`)
    const long = `${'ü'.repeat(200_000)}\n`
    await editFile(host(), path, () => long, { mode: 0o640 })
    expect(readFileSync(path, 'utf8')).toBe(long)
    expect(statSync(path).mode & 0o7777).toBe(0o640)
    let looks = 0
    await editFile(host(), path, (text) => {
      // Somebody else is faster the first time.
      if (looks++ === 0) writeFileSync(path, `theirs\n${text}`)
      return `${text}ours`
    })
    expect(readFileSync(path, 'utf8')).toBe(`theirs\n${long}ours`)
    expect(looks).toBe(2)
    await editFile(host(), path, () => '')
    expect(readFileSync(path, 'utf8')).toBe('')
    rmSync(`/run/lares-edited-${process.pid}.lock`)
    nothingLeft()
  })

  test('mode and owner are as asked', async () => {
    const path = join(directory, 'file')
    await host().writeFile(path, 'new')
    expect(statSync(path).mode & 0o7777).toBe(0o644)
    await host().writeFile(path, 'secret', { mode: 0o600 })
    expect(statSync(path).mode & 0o7777).toBe(0o600)
    if (!isRoot) return
    await host().writeFile(path, 'owned', { owner: 'daemon', group: 'adm', mode: 0o640 })
    expect(statSync(path)).toMatchObject({ uid: 1, gid: 4 })
    expect(statSync(path).mode & 0o7777).toBe(0o640)
  })

  test('mode and owner of a replaced file are kept', async () => {
    const path = join(directory, 'file')
    writeFileSync(path, 'old', { mode: 0o604 })
    if (isRoot) await host().exec(['chown', '1:4', path])
    await host().writeFile(path, 'new')
    expect(readFileSync(path, 'utf8')).toBe('new')
    expect(statSync(path).mode & 0o7777).toBe(0o604)
    if (isRoot) expect(statSync(path)).toMatchObject({ uid: 1, gid: 4 })
  })

  test('a symbolic link is replaced, what it led to is not', async () => {
    const [target, link] = [join(directory, 'target'), join(directory, 'link')]
    writeFileSync(target, 'old')
    symlinkSync(target, link)
    await host().writeFile(link, 'new')
    expect([readFileSync(target, 'utf8'), readFileSync(link, 'utf8')]).toEqual(['old', 'new'])
  })

  test.each([
    ['not_found', (path: string) => host().readFile(join(path, 'missing'))],
    ['is_directory', (path: string) => host().readFile(path)],
    ['not_directory', (path: string) => host().readFile(join(path, 'file', 'x'))],
    ['not_found', (path: string) => host().writeFile(join(path, 'missing', 'x'), '')],
    ['is_directory', (path: string) => host().writeFile(join(path, 'sub'), '')],
    ['not_directory', (path: string) => host().writeFile(join(path, 'file', 'x'), '')],
    ['io_failed', (path: string) => host().writeFile(join(path, 'file'), 'x', { owner: 'no-such-user' })],
    ['output_too_large', (path: string) => host().readFile(join(path, 'file'), { maxBytes: 2 })],
  ])('%s is told as such', async (code, act) => {
    writeFileSync(join(directory, 'file'), 'kept')
    mkdirSync(join(directory, 'sub'))
    await expect(act(directory)).rejects.toMatchObject({
      name: 'HostError',
      code,
      message: expect.stringContaining(directory),
    })
    expect(readFileSync(join(directory, 'file'), 'utf8')).toBe('kept')
    expect(readdirSync(directory)).toEqual(['file', 'sub'])
  })

  test('files without a size are read, too', async () => {
    expect(Buffer.from(await host().readFile('/proc/self/status')).toString()).toContain('Name:')
  })

  test('a full disk leaves the old file and nothing else', async () => {
    const script = 'mount -t tmpfs -o size=64k lares "$1" && echo kept > "$1/file"'
    if (!isRoot || (await localHost().script(script, { args: [directory], reject: false })).exitCode !== 0) return
    try {
      const path = join(directory, 'file')
      await expect(host().writeFile(path, randomBytes(200_000))).rejects.toMatchObject({ code: 'no_space' })
      expect(readFileSync(path, 'utf8')).toBe('kept\n')
      nothingLeft()
    } finally {
      await localHost().exec(['umount', directory])
    }
  })

  test.each([2, 10, 15, 20, 25, 30])('an abort after %i ms leaves the old file and nothing else', async (ms) => {
    const path = join(directory, 'file')
    writeFileSync(path, 'kept')
    const signal = AbortSignal.timeout(ms)
    const outcome = await host()
      .writeFile(path, randomBytes(40_000_000), { signal })
      .catch((error: unknown) => error)
    expect(outcome).toMatchObject({ code: 'aborted' })
    await vi.waitFor(nothingLeft, { timeout: 3_000 })
    expect(readFileSync(path, 'utf8')).toBe('kept')
  })
}

describe('files of this machine', () => {
  files(localHost)

  test('a writer that is killed at any moment leaves the old file or the new one', async () => {
    const path = join(directory, 'file')
    const [old, next] = ['a'.repeat(2_000_000), 'b'.repeat(2_000_000)]
    writeFileSync(path, old)
    const program = `
      import { localHost } from '@lares/transport'
      const host = localHost()
      for (;;) for (const letter of ['b', 'a']) {
        await host.writeFile(${JSON.stringify(path)}, letter.repeat(2_000_000))
        process.stdout.write('.')
      }`
    for (let round = 0; round < 6; round++) {
      const args = ['--conditions=lares-source', '--input-type=module', '-e', program]
      const writer = spawn(process.execPath, args, { cwd: import.meta.dirname, stdio: ['ignore', 'pipe', 'inherit'] })
      await once(writer.stdout, 'data')
      await sleep(7 * round)
      writer.kill('SIGKILL')
      await once(writer, 'close')
      expect([old, next]).toContain(readFileSync(path, 'utf8'))
    }
  })
})

describeWithSshd('files over SSH', () => {
  const login = createLogin()
  let server: Sshd
  let host: Host
  beforeAll(async () => {
    server = await startSshd({ authorized: [login.publicKey] })
    login.know(...server.knownHosts)
    host = await connectHost(server.endpoint, login)
  })
  afterAll(async () => {
    await host.close()
    await server.stop()
    login.remove()
  })

  files(() => host)

  test('a connection that drops during an upload leaves the old file and nothing else', async () => {
    const path = join(directory, 'file')
    writeFileSync(path, 'kept')
    for (let round = 0; round < 5; round++) {
      const writing = host.writeFile(path, randomBytes(60_000_000))
      writing.catch(() => {})
      await sleep(30 + 40 * round)
      server.dropConnections()
      await expect(writing).rejects.toMatchObject({ code: 'connection_lost' })
      await host.exec(['true'])
      expect(statSync(path).size).toBe('kept'.length)
    }
  })
})
