import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { connectHost, type Host } from '@lares/transport'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeWith } from '../src/testing/parts.ts'
import { gone, isRunning } from '../src/testing/processes.ts'
import { createLogin, type Login, type Sshd, sshdMissing, startSshd } from '../src/testing/sshd.ts'

const password = 'hunter2 & "quotes"'
const missing = sshdMissing() ?? (existsSync('/usr/bin/sudo') ? undefined : 'package sudo is not installed')

/** Users of the server's own mount namespace: this machine's stay as they are. */
function namespace(directory: string): string {
  const hash = execFileSync('openssl', ['passwd', '-6', '-stdin'], { input: password }).toString().trim()
  const lines = (name: string, more: string) =>
    writeFileSync(join(directory, name), `${execFileSync('cat', [`/etc/${name}`])}${more}`, { mode: 0o640 })
  lines('passwd', ['free', 'asked'].map((name, n) => `${name}:x:${4200 + n}:4200::/tmp:/bin/sh\n`).join(''))
  lines('group', 'lares:x:4200:\n')
  lines('shadow', `free:*:20000::::::\nasked:${hash}:20000::::::\n`)
  writeFileSync(join(directory, 'sudoers'), 'Defaults !lecture\nfree ALL=(ALL) NOPASSWD: ALL\nasked ALL=(ALL) ALL\n', {
    mode: 0o440,
  })
  return [
    ...['passwd', 'group', 'shadow', 'sudoers'].map((name) => `mount --bind ${join(directory, name)} /etc/${name}`),
    'chmod 644 /etc/passwd /etc/group',
  ].join('\n')
}

describeWith(missing, 'sudo over SSH', () => {
  const directory = mkdtempSync(join(tmpdir(), 'lares-sudo-'))
  let login: Login
  let server: Sshd
  let free: Host
  let asked: Host

  beforeAll(async () => {
    login = createLogin()
    server = await startSshd({ authorized: [login.publicKey], inNamespace: namespace(directory) })
    login.know(...server.knownHosts)
    free = await connectHost({ ...server.endpoint, user: 'free' }, login)
    asked = await connectHost({ ...server.endpoint, user: 'asked' }, login)
  })
  afterAll(async () => {
    await free.close()
    await asked.close()
    await server.stop()
    login.remove()
    rmSync(directory, { recursive: true, force: true })
  })

  const withPassword = (value = password) => asked.sudo({ password: () => value })

  test('without a password', async () => {
    expect((await free.exec(['id', '-un'])).stdout).toBe('free\n')
    expect((await free.sudo().exec(['id', '-un'])).stdout).toBe('root\n')
    expect((await free.sudo({ user: 'asked' }).exec(['id', '-un'])).stdout).toBe('asked\n')
  })

  test('with a password, which is asked for once and on no command line', async () => {
    let times = 0
    const root = asked.sudo({
      password: () => {
        times++
        return password
      },
    })
    const seen = await root.exec(['sh', '-c', 'cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ | tr "\\0" " "'])
    expect(seen.stdout).not.toContain(password)
    expect((await root.exec(['cat'], { input: 'mine\n' })).stdout).toBe('mine\n')
    expect(times).toBe(1)
  })

  test('a password that sudo does not ask for does not reach the command', async () => {
    const root = free.sudo({ password: () => password })
    expect((await root.exec(['cat'], { input: 'mine\n' })).stdout).toBe('mine\n')
  })

  test('a missing or wrong password is told as such, and not shown', async () => {
    await expect(asked.sudo().exec(['id'])).rejects.toMatchObject({ code: 'sudo_refused' })
    const error = await withPassword('wrong one')
      .exec(['id'])
      .catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'sudo_refused' })
    expect(JSON.stringify(error) + String(error)).not.toContain('wrong one')
  })

  test('directory, environment and scripts', async () => {
    const { stdout } = await withPassword().exec(['sh', '-c', 'pwd; echo "$TOKEN"'], {
      cwd: '/root',
      env: { TOKEN: "a'b" },
    })
    expect(stdout).toBe("/root\na'b\n")
    expect((await withPassword().script('id -u; echo "$1"', { args: ['x y'] })).stdout).toBe('0\nx y\n')
  })

  test('files', async () => {
    const path = join(directory, 'file')
    await expect(asked.writeFile(path, 'x')).rejects.toMatchObject({ code: 'permission_denied' })
    await withPassword().writeFile(path, 'secret', { mode: 0o600, owner: 'asked' })
    expect(statSync(path)).toMatchObject({ uid: 4201 })
    expect(statSync(path).mode & 0o7777).toBe(0o600)
    await expect(free.readFile(path)).rejects.toMatchObject({ code: expect.stringMatching(/permission_denied/) })
    expect(Buffer.from(await free.sudo().readFile(path)).toString()).toBe('secret')
  })

  test('a timeout ends what runs as root', async () => {
    for (const [host, seconds] of [
      [free.sudo(), '9001'],
      [withPassword(), '9002'],
    ] as const) {
      const running = host.exec(['sh', '-c', `sleep ${seconds}; :`], { timeout: 700 })
      running.catch(() => {})
      await sleep(400)
      expect(isRunning('sleep', seconds)).toBe(true)
      await expect(running).rejects.toMatchObject({ code: 'timeout' })
      await gone('sleep', seconds)
    }
  })
})
