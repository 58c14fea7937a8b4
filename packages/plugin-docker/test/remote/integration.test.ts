import { readFile } from 'node:fs/promises'
import { connectHost, type Host } from '@lares/transport'
import { expect, onTestFinished, test } from 'vitest'
import { onHost, rig, rigHost } from '../../../../e2e/rig/rig.ts'
import { until } from '../../../../e2e/rig/wait.ts'
import { connectDocker, type DockerClient } from '../../src/client/index.ts'

const { images, home } = rig()
const environment = { home, user: 'root' }

async function clientOf(host: Host): Promise<DockerClient> {
  onTestFinished(() => host.close())
  const docker = await connectDocker({ host })
  onTestFinished(() => docker.close())
  return docker
}

/** Every kind of answer: short, long, streamed, and a connection that is taken over in both directions. */
async function exercise(docker: DockerClient, name: string, times: number): Promise<void> {
  await docker.images.pull(images.busybox)
  await docker.containers.create(name, { image: images.busybox })
  onTestFinished(async () => void (await docker.containers.remove(name, { force: true })))
  await docker.containers.start(name)
  const input = 'y'.repeat(200_000)
  expect(await docker.containers.exec(name, ['wc', '-c'], { input })).toMatchObject({ stdout: '200000\n' })
  const answers = await Promise.all(
    Array.from({ length: times }, () => docker.containers.exec(name, ['echo', 'hello'])),
  )
  expect(new Set(answers.map(({ stdout }) => stdout))).toEqual(new Set(['hello\n']))
  expect(await docker.containers.options(name)).toEqual({ image: images.busybox })
}

test('an engine behind SSH, over one connection', async () => {
  const host = await connectHost({ address: 'h2' }, { environment })
  const docker = await clientOf(host)
  expect((await docker.engine.info()).Name).toBe('h2')
  await exercise(docker, 'over-ssh', 40)
}, 60_000)

test('an engine behind an sshd that forwards no sockets', async () => {
  const spec = rigHost('h2')
  const pidFile = '/run/sshd-no-forwarding.pid'
  await onHost(spec, '/usr/sbin/sshd', '-p', '2222', '-o', 'AllowStreamLocalForwarding=no', '-o', `PidFile=${pidFile}`)
  onTestFinished(async () => {
    await onHost(spec, 'sh', '-c', `kill "$(cat ${pidFile})"`)
  })
  // It goes into the background before it listens; the file is written when it does.
  await until('sshd', async () => (await onHost(spec, 'test', '-s', pidFile)).exitCode === 0, {
    seconds: 10,
    signal: AbortSignal.timeout(10_000),
  })
  const known = await readFile(spec.knownHosts, 'utf8')
  const hostKey = /^h2,\S+ (\S+ \S+)/m.exec(known)?.[1]
  const identityFiles = [spec.identityFile]
  const host = await connectHost(
    { address: spec.address, port: 2222, user: 'root', hostKey, identityFiles },
    { environment },
  )
  await expect(host.connect({ socketPath: '/var/run/docker.sock' })).rejects.toMatchObject({ code: 'forward_refused' })
  const docker = await clientOf(host)
  expect((await docker.engine.info()).Name).toBe('h2')
  await exercise(docker, 'over-stdio', 8)
}, 60_000)

test('a host without an engine is unreachable, and the message names it', async () => {
  const host = await connectHost({ address: 'h1' }, { environment })
  onTestFinished(() => host.close())
  await expect(connectDocker({ host })).rejects.toMatchObject({
    code: 'unreachable',
    message: expect.stringContaining('10.77.0.11'),
  })
})

test('a login that may not use the engine is told so', async () => {
  const host = await connectHost({ address: 'h2', user: 'visitor' }, { environment })
  onTestFinished(() => host.close())
  await expect(connectDocker({ host })).rejects.toMatchObject({
    code: 'unreachable',
    message: expect.stringContaining('visitor@'),
  })
})
