import { readFile } from 'node:fs/promises'
import { execa } from 'execa'
import { afterEach, describe, expect, test } from 'vitest'
import { cutOff, enginePid, onHost, pauseEngine, restore, resumeEngine, rig, rigHost } from './rig.ts'

const limits = { timeout: 20_000 }
const docker = (...args: string[]) => execa('docker', args, limits)
const ssh = (host: string, command: string, options: string[] = []) =>
  execa('ssh', ['-F', rig().sshConfig, '-o', 'BatchMode=yes', ...options, host, command], limits)
const names = ['h1', 'h2', 'h3', 'h4']

describe('engine', () => {
  test('runs a container from an image of the rig', async () => {
    expect((await docker('run', '--rm', rig().images.busybox, 'echo', 'alive')).stdout).toBe('alive')
  })

  test('a healthy page, and a newer one', async () => {
    for (const [image, version] of [
      [rig().images.web, 'It works'],
      [rig().images.webNext, 'v2'],
    ] as const) {
      const { stdout: id } = await docker('run', '--detach', image)
      await expect.poll(() => health(id), { timeout: 15_000, interval: 200 }).toBe('healthy')
      const { stdout: page } = await docker('exec', id, 'wget', '-q', '-O', '-', 'http://127.0.0.1/')
      expect(page).toContain(version)
      await docker('rm', '--force', id)
    }
  })

  test('images that fail: one exits, one never gets healthy', async () => {
    await expect(docker('run', '--rm', rig().images.webBroken)).rejects.toMatchObject({
      exitCode: 1,
      stderr: 'broken on purpose',
    })
    const { stdout: sick } = await docker('run', '--detach', rig().images.webSick)
    await expect.poll(() => health(sick), { timeout: 15_000, interval: 200 }).toBe('unhealthy')
    await docker('rm', '--force', sick)
  })

  test('a paused engine accepts and does not answer, then goes on', async () => {
    await pauseEngine()
    const waiting = execa('docker', ['version'], { timeout: 700, reject: false })
    expect((await waiting).timedOut).toBe(true)
    await resumeEngine()
    expect((await docker('version', '--format', '{{.Server.Os}}')).stdout).toBe('linux')
  })
})

describe('registries', () => {
  test('push, delete locally and pull by digest', async () => {
    const tag = `${rig().registry.address}/pushed:here`
    await docker('tag', rig().images.busybox, tag)
    const { stdout } = await docker('push', tag)
    const digest = /digest: (sha256:\w{64})/.exec(stdout)![1]
    await docker('rmi', tag)
    await docker('pull', `${rig().registry.address}/pushed@${digest}`)
  })

  test('the private one wants a login', async () => {
    const { address, username, password } = rig().privateRegistry
    const tag = `${address}/family/pushed:here`
    await docker('tag', rig().images.busybox, tag)
    await expect(docker('push', tag)).rejects.toThrow(/no basic auth credentials/)
    await execa('docker', ['login', address, '--username', username, '--password-stdin'], {
      ...limits,
      input: password,
    })
    await docker('push', tag)
    await docker('logout', address)
  })
})

describe('hosts', () => {
  test.each(names)('%s is a machine of its own, known by its key', async (name) => {
    const host = rigHost(name)
    const { stdout } = await ssh(name, 'hostname; cat /etc/machine-id; whoami')
    expect(stdout.split('\n')).toEqual([name, host.machineId, host.user])
    expect(await readFile(`${host.root}/etc/hostname`, 'utf8')).toBe(`${name}\n`)
  })

  test('a host whose key is not known is refused', async () => {
    const nobodyKnown = ['-o', 'UserKnownHostsFile=/dev/null']
    await expect(ssh('h1', 'true', nobodyKnown)).rejects.toThrow(/Host key verification failed/)
  })

  test('what one host writes, neither the rig nor another host sees', async () => {
    await ssh('h1', 'echo here > /etc/only-here && echo here > /srv/only-here')
    await expect(readFile('/etc/only-here')).rejects.toThrow('ENOENT')
    await expect(readFile('/srv/only-here')).rejects.toThrow('ENOENT')
    await expect(ssh('h2', 'cat /etc/only-here')).rejects.toThrow(/No such file/)
    expect(await readFile(`${rigHost('h1').root}/srv/only-here`, 'utf8')).toBe('here\n')
  })

  test('users differ in what they may do', async () => {
    expect((await ssh('ops@h3', 'sudo -n whoami && docker version --format {{.Server.Os}}')).stdout).toBe('root\nlinux')
    await expect(ssh('visitor@h3', 'sudo -n whoami')).rejects.toThrow(/password is required/)
    await expect(ssh('visitor@h3', 'docker version')).rejects.toThrow(/permission denied/)
  })

  test('a jump through one host reaches another', async () => {
    const jump = ['-o', `ProxyCommand=ssh -F ${rig().sshConfig} -W %h:%p h1`]
    expect((await ssh('h4', 'hostname', jump)).stdout).toBe('h4')
  })

  test('every engine is another one, and pulls from the registry', async () => {
    const id = '{{.ID}}'
    const own = (await docker('info', '--format', id)).stdout
    const others = await Promise.all(
      ['h2', 'h3'].map(async (name) => (await ssh(name, `docker info --format ${id}`)).stdout),
    )
    expect(new Set([own, ...others]).size).toBe(3)
    await ssh('h2', `docker run --rm ${rig().images.busybox} true`)
    expect(await enginePid(rigHost('h2'))).not.toBe(await enginePid())
  })
})

test('what a container publishes answers on the host that it runs on', async () => {
  const run = ['run', '--detach', '--publish', '8080:80', rig().images.web]
  const [{ stdout: here }, { stdout: there }] = await Promise.all([
    docker(...run),
    ssh('h2', `docker ${run.join(' ')}`),
  ])
  for (const address of ['127.0.0.1', '10.77.0.1', rigHost('h2').address])
    await expect.poll(() => fetch(`http://${address}:8080/`).then((page) => page.text())).toContain('It works')
  const get = `exec 3<> /dev/tcp/h2/8080; printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3; cat <&3`
  expect((await onHost(rigHost('h1'), 'bash', '-c', get)).stdout).toContain('It works')
  await Promise.all([docker('rm', '--force', here), ssh('h2', `docker rm --force ${there}`)])
})

describe('a host that is cut off', () => {
  const host = () => rigHost('h4')
  afterEach(() => restore(host()))

  test('does not answer until it is back, and has not restarted', async () => {
    const { stdout: before } = await onHost(host(), 'cat', '/proc/1/stat')
    await cutOff(host())
    await expect(ssh('h4', 'true', ['-o', 'ConnectTimeout=1'])).rejects.toThrow(/timed out|No route to host/)
    await restore(host())
    expect((await ssh('h4', 'hostname')).stdout).toBe('h4')
    expect((await onHost(host(), 'cat', '/proc/1/stat')).stdout).toBe(before)
  })
})

async function health(id: string): Promise<string> {
  return (await docker('inspect', '--format', '{{.State.Health.Status}}', id)).stdout
}
