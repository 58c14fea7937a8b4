import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { localHost } from '@lares/transport'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { pauseEngine, resumeEngine, rig } from '../../../e2e/rig/rig.ts'
import { connectDocker, type DockerClient, type EngineEvent } from '../src/client/index.ts'
import type { ContainerOptions } from '../src/options.ts'

const { docker: engine, images, privateRegistry } = rig()
const label = { 'lares.test': 'client' }
let docker: DockerClient

beforeAll(async () => {
  docker = await connectDocker(engine)
})
afterAll(async () => {
  for (const { id } of await docker.containers.list({ labels: label }))
    await docker.containers.remove(id, { force: true, volumes: true })
  for (const { Name } of await docker.networks.list({ labels: label })) await docker.networks.remove(Name)
  for (const { Name } of await docker.volumes.list({ labels: label })) await docker.volumes.remove(Name)
  docker.close()
})

const create = (name: string, options: Partial<ContainerOptions> = {}) =>
  docker.containers.create(name, { image: images.busybox, labels: label, ...options })
const running = async (name: string, options: Partial<ContainerOptions> = {}) => {
  const id = await create(name, options)
  await docker.containers.start(name)
  return id
}
const failure = (request: Promise<unknown>) =>
  request.then(
    () => 'no failure',
    (error: unknown) => error,
  )

test('the life of a container', async () => {
  const id = await create('life')
  expect(await docker.containers.start('life')).toBe(true)
  expect(await docker.containers.start('life')).toBe(false)
  const listed = await docker.containers.list({ labels: label, running: true })
  expect(listed).toContainEqual(expect.objectContaining({ id, name: 'life', state: 'running', labels: label }))
  await docker.containers.rename('life', 'afterlife')
  expect(await docker.containers.inspect('life')).toBeUndefined()
  expect(await docker.containers.stop('afterlife', { grace: '1s' })).toBe(true)
  expect(await docker.containers.stop('afterlife')).toBe(false)
  await docker.containers.restart('afterlife', { grace: '0s' })
  expect((await docker.containers.inspect('afterlife'))?.State.Running).toBe(true)
  await docker.containers.kill('afterlife', 'SIGKILL')
  expect(await docker.containers.wait('afterlife')).toBe(137)
  expect(await docker.containers.remove('afterlife')).toBe(true)
  expect(await docker.containers.remove('afterlife')).toBe(false)
})

test('a label filter asks for keys and for values', async () => {
  await create('labelled', { labels: { ...label, role: 'web' } })
  const names = async (labels: Record<string, string>) =>
    (await docker.containers.list({ labels })).map(({ name }) => name)
  expect(await names({ role: '' })).toEqual(['labelled'])
  expect(await names({ role: 'web', ...label })).toEqual(['labelled'])
  expect(await names({ role: 'db' })).toEqual([])
})

test('a command in a container: output, exit code, environment, input', async () => {
  await running('exec')
  const script = 'echo out; echo err >&2; echo "$SECRET $(pwd) $(id -u)"; exit 3'
  const options = { env: { SECRET: 's3' }, workingDir: '/tmp', user: '65534' }
  expect(await docker.containers.exec('exec', ['sh', '-c', script], options)).toEqual({
    exitCode: 3,
    stdout: 'out\ns3 /tmp 65534\n',
    stderr: 'err\n',
  })
  const input = 'x'.repeat(300_000)
  expect(await docker.containers.exec('exec', ['wc', '-c'], { input })).toMatchObject({
    exitCode: 0,
    stdout: '300000\n',
  })
  expect(await docker.containers.exec('exec', ['no-such-program'])).toMatchObject({ exitCode: 126 })
  expect(await failure(docker.containers.exec('exec', ['yes'], { maxOutput: 1000 }))).toMatchObject({ code: 'invalid' })
  expect(await failure(docker.containers.exec('exec', ['sleep', '9'], { timeoutMs: 300 }))).toMatchObject({
    code: 'timeout',
  })
  expect(await failure(docker.containers.exec('exec', ['sleep', '9'], { timeoutMs: 300, input: 'a' }))).toMatchObject({
    code: 'timeout',
  })
})

test('logs, framed and from a terminal, followed to the end', async () => {
  const script = 'echo one; sleep 0.5; echo two >&2; sleep 0.5; echo three'
  for (const tty of [false, true]) {
    const name = tty ? 'logs-tty' : 'logs'
    await running(name, { command: ['sh', '-c', script], tty })
    let text = ''
    for await (const { source, data } of docker.containers.logs(name, { follow: true }))
      text += tty ? data : `${source}:${data}`
    expect(text).toBe(tty ? 'one\r\ntwo\r\nthree\r\n' : 'stdout:one\nstderr:two\nstdout:three\n')
  }
  const last: string[] = []
  for await (const { data } of docker.containers.logs('logs', { tail: 1 })) last.push(data.toString())
  expect(last).toEqual(['three\n'])
  expect(await failure(docker.containers.logs('nobody').next())).toMatchObject({ code: 'not_found' })
})

test('a container that becomes healthy, one that does not, one that exits, one that nobody checks', async () => {
  const healthcheck = { interval: '200ms', timeout: '10s', retries: 2 }
  await running('healthy', { healthcheck: { ...healthcheck, test: 'true' } })
  await docker.containers.waitHealthy('healthy')
  expect((await docker.containers.inspect('healthy'))?.State.Health?.Status).toBe('healthy')

  await running('sick', { healthcheck: { ...healthcheck, test: 'echo no luck; false' } })
  expect(await failure(docker.containers.waitHealthy('sick'))).toMatchObject({
    code: 'unhealthy',
    message: expect.stringContaining('no luck'),
  })

  await running('gone', { command: ['sh', '-c', 'exit 7'] })
  expect(await failure(docker.containers.waitHealthy('gone', { settleMs: 2000 }))).toMatchObject({
    code: 'exited',
    message: expect.stringContaining('code 7'),
  })

  await running('crashing', { command: ['sh', '-c', 'exit 7'], restart: 'always' })
  expect(await failure(docker.containers.waitHealthy('crashing', { settleMs: 10_000 }))).toMatchObject({
    code: 'exited',
  })
  await docker.containers.remove('crashing', { force: true })

  await running('unchecked')
  await docker.containers.waitHealthy('unchecked', { settleMs: 300 })
  expect(await failure(docker.containers.waitHealthy('nobody'))).toMatchObject({ code: 'not_found' })
})

test('a container that several remove at once is gone when any of them is done', async () => {
  for (let round = 0; round < 5; round++) {
    await running('contested')
    const removals = Array.from({ length: 6 }, async () => {
      await docker.containers.remove('contested', { force: true })
      return await docker.containers.inspect('contested')
    })
    expect(new Set(await Promise.all(removals))).toEqual(new Set([undefined]))
  }
})

test('limits and restart policy change while it runs', async () => {
  const id = await running('live', { resources: { memory: '64m', pidsLimit: 50 }, restart: 'always' })
  await docker.containers.update('live', {
    Memory: 128 * 1024 ** 2,
    MemorySwap: 256 * 1024 ** 2,
    PidsLimit: -1,
    RestartPolicy: { Name: 'no' },
  })
  const options = await docker.containers.options('live')
  expect(options?.resources).toEqual({ memory: '128MiB' })
  expect(options?.restart).toBeUndefined()
  expect(await docker.containers.inspect('live')).toMatchObject({ Id: id, State: { Running: true } })
})

test('the errors that people run into have codes', async () => {
  await running('busy', { ports: ['18080:80'] })
  await create('busy-too', { ports: ['18080:80'] })
  expect(await failure(docker.containers.start('busy-too'))).toMatchObject({ code: 'port_in_use', status: 500 })
  expect(await failure(create('busy'))).toMatchObject({ code: 'name_in_use', status: 409 })
  expect(await failure(docker.containers.remove('busy'))).toMatchObject({ code: 'conflict' })
  expect(await failure(docker.containers.exec('busy-too', ['true']))).toMatchObject({ code: 'conflict' })
  expect(await failure(create('imageless', { image: 'nobody/nothing:1' }))).toMatchObject({
    code: 'no_such_image',
    status: 404,
  })
  expect(await failure(create('wrong', { ports: ['a:b'] }))).toMatchObject({
    code: 'invalid',
    message: expect.stringContaining('ports'),
  })
  expect(await failure(docker.containers.start('nobody'))).toMatchObject({ code: 'not_found' })
  expect(await failure(connectDocker({ socketPath: '/nowhere.sock' }))).toMatchObject({
    code: 'unreachable',
    retryable: true,
    message: expect.stringContaining('/nowhere.sock'),
  })
})

test('networks: pools, attachments, and no container left when one of them refuses', async () => {
  await docker.networks.create('net-a', { labels: label, pools: [{ subnet: '172.28.1.0/24', gateway: '172.28.1.1' }] })
  await docker.networks.create('net-b', { labels: label, internal: true })
  expect(await failure(docker.networks.create('net-a'))).toMatchObject({ code: 'name_in_use' })
  const overlapping = docker.networks.create('net-c', { pools: [{ subnet: '172.28.1.0/25' }] })
  expect(await failure(overlapping)).toMatchObject({ code: 'address_in_use' })

  await running('attached', { networks: { 'net-a': { ipv4: '172.28.1.10', aliases: ['db'] } } })
  await running('client', { networks: ['net-a'] })
  expect(await docker.containers.exec('client', ['ping', '-c1', '-W2', 'db'])).toMatchObject({ exitCode: 0 })
  await docker.networks.connect('net-b', 'attached', { aliases: ['b'] })
  expect((await docker.containers.options('attached'))?.networks).toEqual({
    'net-a': { ipv4: '172.28.1.10', aliases: ['db'] },
    'net-b': { aliases: ['b'] },
  })
  expect(await docker.networks.disconnect('net-b', 'attached')).toBe(true)
  expect(await docker.networks.disconnect('net-b', 'attached')).toBe(false)
  expect(await failure(docker.networks.remove('net-a'))).toMatchObject({ code: 'in_use' })

  expect(await failure(create('orphan', { networks: ['net-a', 'no-such-net'] }))).toMatchObject({ code: 'not_found' })
  const unfixable = { 'net-a': {}, 'net-b': { ipv4: '10.9.9.9' } }
  expect(await failure(create('orphan', { networks: unfixable }))).toMatchObject({
    message: expect.stringContaining('connect'),
  })
  expect(await docker.containers.inspect('orphan')).toBeUndefined()
  await create('same-address', { networks: { 'net-a': { ipv4: '172.28.1.10' } } })
  expect(await failure(docker.containers.start('same-address'))).toMatchObject({ code: 'address_in_use' })
})

test('volumes', async () => {
  expect(await docker.volumes.inspect('vol')).toBeUndefined()
  expect(await docker.volumes.create('vol', { labels: label })).toMatchObject({
    Name: 'vol',
    Driver: 'local',
    Labels: label,
  })
  expect((await docker.volumes.list({ labels: label })).map(({ Name }) => Name)).toEqual(['vol'])
  await create('holder', { mounts: ['vol:/vol'] })
  expect(await failure(docker.volumes.remove('vol'))).toMatchObject({ code: 'in_use' })
  await docker.containers.remove('holder')
  expect(await docker.volumes.remove('vol')).toBe(true)
  expect(await docker.volumes.remove('vol')).toBe(false)
})

test('images: build, tag, push and pull with credentials, digests', async () => {
  const { address, username, password } = privateRegistry
  const reference = `${address}/client-test:1`
  const directory = await mkdtemp(join(tmpdir(), 'lares-build-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  await writeFile(join(directory, 'hello.txt'), 'hello')
  const dockerfileInline = `FROM ${images.busybox}\nARG WHO\nCOPY hello.txt /\nLABEL who=$WHO\nRUN cat /hello.txt`
  let output = ''
  const id = await docker.images.build({
    directory,
    dockerfileInline,
    tags: ['client-test:1'],
    args: { WHO: 'me' },
    onProgress: ({ stream = '' }) => {
      output += stream
    },
  })
  expect(output).toContain('hello')
  expect((await docker.images.inspect('client-test:1'))?.Config?.Labels).toMatchObject({ who: 'me' })
  await docker.images.tag('client-test:1', reference)

  const stranger = await connectDocker({ ...engine, credentials: async () => undefined })
  onTestFinished(() => stranger.close())
  expect(await failure(stranger.images.push(reference))).toMatchObject({ code: 'unauthorized' })
  const credential = { username, password, serveraddress: address }
  const family = await connectDocker({
    ...engine,
    credentials: async (registry) => (registry === address ? credential : undefined),
  })
  onTestFinished(() => family.close())
  const digest = await family.images.push(reference)
  expect(digest).toMatch(/^sha256:/)
  expect(await family.images.registryDigest(reference)).toBe(digest)

  await docker.images.remove(reference)
  await docker.images.remove('client-test:1')
  expect(await docker.images.inspect(id)).toBeUndefined()
  expect(await failure(stranger.images.pull(reference))).toMatchObject({ code: 'unauthorized' })
  const wrong = await failure(
    stranger.images.pull(reference, { credential: { ...credential, password: 'open-sesamy' } }),
  )
  expect(wrong).toMatchObject({ code: 'unauthorized' })
  expect(JSON.stringify(wrong) + String(wrong)).not.toContain('open-sesamy')
  expect(await family.images.pull(reference)).toEqual({ id, digest })
  expect(await family.images.pull(`${address}/client-test@${digest}`)).toEqual({ id, digest })
  expect(await failure(family.images.pull(`${address}/client-test:2`))).toMatchObject({ code: 'no_such_image' })
  expect(await docker.images.remove(id, { force: true })).toBe(true)
  expect(await docker.images.remove(id)).toBe(false)
})

test('a build that fails says what its step said', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'lares-build-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const dockerfileInline = `FROM ${images.busybox}\nRUN echo first\nRUN echo the reason; exit 4`
  const error = await failure(docker.images.build({ directory, dockerfileInline }))
  expect(error).toMatchObject({ code: 'build_failed', message: expect.stringMatching(/code: 4[\s\S]*the reason/) })
  expect(String(error)).not.toContain('first')
})

test('events, until the loop ends or the signal', async () => {
  const stop = new AbortController()
  const seen: EngineEvent[] = []
  const follow = async () => {
    for await (const event of docker.events.follow(
      { types: ['container'], labels: { eventful: '' } },
      { signal: stop.signal },
    )) {
      seen.push(event)
      if (event.action === 'destroy') stop.abort()
    }
  }
  const following = follow()
  await delay(300)
  await running('eventful', { labels: { ...label, eventful: 'yes' } })
  await docker.containers.remove('eventful', { force: true })
  await following
  expect(seen.map(({ action }) => action)).toEqual(['create', 'start', 'kill', 'die', 'destroy'])
  expect(seen[0]).toMatchObject({ type: 'container', attributes: { name: 'eventful' }, time: expect.any(Date) })
})

test('long answers do not hold up requests', async () => {
  await running('slow')
  const stop = new AbortController()
  const waits = Array.from({ length: 15 }, () => failure(docker.containers.wait('slow', { signal: stop.signal })))
  await delay(200)
  await docker.engine.ping({ timeoutMs: 2000 })
  stop.abort(new Error('enough'))
  for (const wait of waits) expect(await wait).toMatchObject({ message: 'enough' })
})

test('an engine that hangs is a timeout, and a signal ends the wait for it', async () => {
  await pauseEngine()
  try {
    expect(await failure(docker.engine.ping({ timeoutMs: 300 }))).toMatchObject({ code: 'timeout' })
    const reason = new Error('enough')
    expect(await failure(docker.images.inspect(images.busybox, { signal: AbortSignal.timeout(200) }))).toMatchObject({
      name: 'TimeoutError',
    })
    expect(await failure(docker.containers.list({ signal: AbortSignal.abort(reason) }))).toBe(reason)
    expect(await failure(connectDocker({ ...engine, timeoutMs: 300 }))).toMatchObject({ code: 'timeout' })
  } finally {
    await resumeEngine()
  }
  await docker.engine.ping()
})

test('what the environment says about Docker is not looked at', async () => {
  const asked: string[] = []
  const decoy = createServer((request, response) => {
    asked.push(request.url ?? '')
    response.end('{}')
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void decoy.close())
  await delay(50)
  vi.stubEnv('DOCKER_HOST', `tcp://127.0.0.1:${(decoy.address() as AddressInfo).port}`)
  vi.stubEnv('DOCKER_CERT_PATH', '/nowhere')
  onTestFinished(() => void vi.unstubAllEnvs())
  const client = await connectDocker(engine)
  expect((await client.engine.info()).ID).toBe((await docker.engine.info()).ID)
  client.close()
  expect(asked).toEqual([])
})

test('connections are kept and few', async () => {
  const host = localHost()
  let [opened, open, most] = [0, 0, 0]
  const counted: typeof host.connect = async (target, signal) => {
    opened += 1
    open += 1
    most = Math.max(most, open)
    const stream = await host.connect(target, signal)
    stream.once('close', () => {
      open -= 1
    })
    return stream
  }
  const client = await connectDocker({ ...engine, host: { ...host, connect: counted } })
  onTestFinished(() => client.close())
  const before = process.cpuUsage()
  await Promise.all(Array.from({ length: 200 }, () => client.containers.inspect('nobody')))
  const { user, system } = process.cpuUsage(before)
  // What waits in the queue costs the others nothing.
  expect((user + system) / 200).toBeLessThan(10_000)
  expect(most).toBeGreaterThan(1)
  expect(most).toBeLessThanOrEqual(10)
  // The engine may end one that a busy machine leaves alone for long.
  expect(opened).toBeLessThan(50)
})
