import http from 'node:http'
import { defineLab } from '@lares/core'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { rig } from '../../../../e2e/rig/rig.ts'
import docker, { connectDocker, type DockerClient } from '../../src/index.ts'
import { testLab } from '../lab/lab.ts'

const { images } = rig()
let client: DockerClient
beforeAll(async () => {
  client = await connectDocker()
})
afterAll(() => client.close())

const idOf = async (name: string) => (await client.containers.inspect(name))?.Id

test('a network is replaced under running containers, and they are on the new one', async () => {
  const lab = await testLab('renet')
  const resources = (subnet: string, ipv4: string) => {
    const net = docker.network('renet', { subnet })
    return [
      net,
      docker.container('db', { image: images.busybox, networks: [{ name: net.name, aliases: ['data'], ipv4 }] }),
      docker.container('app', { image: images.busybox, networks: [net.name] }),
      docker.container('by-name', { image: images.busybox, networks: ['renet'], dependsOn: [net] }),
    ]
  }
  const [first, second] = [resources('172.28.9.0/24', '172.28.9.10'), resources('172.28.10.0/24', '172.28.10.10')]
  await lab.apply(first)
  const before = await Promise.all(['db', 'app', 'by-name'].map(idOf))
  const { text } = await lab.apply(second)
  expect(text).toContain('replace renet; replace; swap; because changed\n  subnet: "172.28.9.0/24" -> "172.28.10.0/24"')
  expect(await lab.plan(second)).toBe('')
  expect(await Promise.all(['db', 'app', 'by-name'].map(idOf))).toEqual(before)
  for (const name of ['app', 'by-name'])
    expect(await client.containers.exec(name, ['ping', '-c1', '-W2', 'data'])).toMatchObject({ exitCode: 0 })
})

test('a network that a stranger is on is not removed', async () => {
  const lab = await testLab('guest')
  const resources = [docker.network('guest-net', {})]
  await lab.apply(resources)
  await client.containers.create('stranger', { image: images.busybox, networks: ['guest-net'] })
  await client.containers.start('stranger')
  try {
    const { result } = await lab.attempt([])
    expect(result.diagnostics[0]).toMatchObject({ code: 'in_use', summary: expect.stringMatching(/stranger$/) })
    expect((await client.containers.options('stranger'))?.networks).toEqual({ 'guest-net': {} })
  } finally {
    await client.containers.remove('stranger', { force: true })
  }
  await lab.apply([])
  expect(await client.networks.inspect('guest-net')).toBeUndefined()
})

test('a network that the engine does not let go keeps its containers, and the advice is the one that helps', async () => {
  const lab = await testLab('stuck')
  const resources = (subnet: string) => {
    const net = docker.network('stuck', { subnet })
    return [net, docker.container('on-stuck', { image: images.busybox, networks: [net.name] })]
  }
  await lab.apply(resources('172.28.11.0/24'))
  // What an engine that has lost count of its endpoints answers, whoever asks.
  const send = http.request
  const lying = vi
    .spyOn(http, 'request')
    .mockImplementation(((options: http.RequestOptions, answer: () => void) =>
      send(options.method === 'DELETE' ? { ...options, path: `/networks/bridge` } : options, answer)) as typeof send)
  try {
    const { result } = await lab.attempt(resources('172.28.12.0/24'))
    expect(result.diagnostics[0]).toMatchObject({
      code: 'engine_miscounts',
      address: 'stuck',
      advice: expect.stringContaining('Restart the engine'),
    })
  } finally {
    lying.mockRestore()
  }
  expect((await client.containers.options('on-stuck'))?.networks).toEqual({ stuck: {} })
  await lab.apply(resources('172.28.12.0/24'))
  expect(await lab.plan(resources('172.28.12.0/24'))).toBe('')
})

test('a volume is kept until its loss is agreed to', async () => {
  const lab = await testLab('keeping')
  const resources = (labels: Record<string, string>) => {
    const data = docker.volume('family', { labels })
    const mounts = [{ type: 'volume' as const, source: data.name, target: '/data' }]
    return [data, docker.container('cloud', { image: images.busybox, mounts })]
  }
  await lab.apply(resources({}))
  await client.containers.exec('cloud', ['sh', '-c', 'echo photos > /data/album'])
  const changed = await lab.attempt(resources({ tier: 'gold' }))
  expect(changed.plan.diagnostics[0]).toMatchObject({ code: 'data_loss', address: 'family' })
  const removed = await lab.apply([])
  expect(removed.text).toContain('keep family')
  expect(await client.containers.inspect('cloud')).toBeUndefined()
  await lab.apply(resources({}))
  expect(await client.containers.exec('cloud', ['cat', '/data/album'])).toMatchObject({ stdout: 'photos\n' })
  await lab.apply([], { allowDataLoss: ['family'] })
  expect(await client.volumes.inspect('family')).toBeUndefined()
})

test('two that want one port or one name are refused before anything is done', async () => {
  const lab = await testLab('clash')
  const pair = (a: string, b: string) => [
    docker.container('one', { image: images.busybox, ports: [a] }),
    docker.container('two', { image: images.busybox, ports: [b] }),
  ]
  const clashing = [
    ['8080:80', '8080:81'],
    ['8080:80', '127.0.0.1:8080:80'],
    ['[::1]:8080:80', '8080:80'],
    ['8080-8082:80-82', '8082:80'],
  ] as const
  for (const [a, b] of clashing) await expect(lab.plan(pair(a, b))).rejects.toThrow(/both want port/)
  const fine = [
    ['8080:80', '8080:80/udp'],
    ['127.0.0.1:8080:80', '127.0.0.2:8080:80'],
    ['80', '80'],
    ['9000-9010:80', '9000-9010:80'],
  ] as const
  for (const [a, b] of fine) expect(await lab.plan(pair(a, b))).toContain('create two')
  await expect(lab.plan([docker.container('one', { image: images.busybox, ports: ['http'] })])).rejects.toMatchObject({
    diagnostics: [expect.objectContaining({ code: 'invalid_input', address: 'one', path: 'ports' })],
  })
})

test('what is there can be imported with inputs that change nothing', async () => {
  const lab = await testLab('importing')
  await client.networks.create('found-net', { pools: [{ subnet: '172.28.12.0/24' }], internal: true })
  await client.containers.create('found', {
    image: images.web,
    env: { A: '1' },
    ports: ['127.0.0.1:18093:80'],
    networks: { 'found-net': { aliases: ['www'], ipv4: '172.28.12.9' } },
    mounts: ['found-data:/data', '/tmp:/host:ro'],
    resources: { memory: '64m' },
    restart: 'always',
  })
  await client.containers.start('found')
  const inputsOf = async (type: string, name: string) => {
    const probe = [docker.container('probe', { image: images.busybox })]
    const listed = await lab.engine.list(defineLab({ name: 'importing', resources: probe }), type)
    return listed.find(({ identity }) => identity === name)?.inputs as { image: string }
  }
  try {
    const net = docker.network('net', (await inputsOf('docker.network', 'found-net')) as object)
    const data = docker.volume('data', (await inputsOf('docker.volume', 'found-data')) as object)
    const inputs = await inputsOf('docker.container', 'found')
    expect(inputs).toEqual({
      name: 'found',
      image: images.web,
      env: { A: '1' },
      ports: ['127.0.0.1:18093:80/tcp'],
      networks: { 'found-net': { aliases: ['www'], ipv4: '172.28.12.9' } },
      mounts: [
        { type: 'volume', source: 'found-data', target: '/data' },
        { type: 'bind', source: '/tmp', target: '/host', readOnly: true, createHostPath: true },
      ],
      resources: { memory: '64MiB' },
      restart: 'always',
    })
    const resources = [net, data, docker.container('web', { ...inputs, dependsOn: [net, data] })]
    const { text } = await lab.apply(resources, { adopt: ['net', 'web', 'data'] })
    expect(
      text
        .split('\n')
        .map((line) => line.split(';')[0])
        .sort(),
    ).toEqual(['adopt data', 'adopt net', 'adopt web'])
    expect(await lab.plan(resources)).toBe('')
  } finally {
    await lab.apply([], { mode: 'destroy', allowDataLoss: ['data'] })
  }
})

test('twins that an interrupted run left are cleared away, with their containers moved over', async () => {
  const lab = await testLab('twins')
  const net = docker.network('twins', {})
  const resources = [net, docker.container('on-it', { image: images.busybox, networks: [net.name] })]
  await lab.apply(resources)
  const labels = { 'dev.lares.lab': 'twins', 'dev.lares.address': 'twins' }
  // The engine lets two have one name only when they are made at the same moment.
  const twins = () => client.networks.list({ labels })
  for (let attempt = 0; attempt < 20 && (await twins()).length < 2; attempt++) {
    await client.containers.remove('on-it', { force: true })
    for (const { Id } of await twins()) await client.networks.remove(Id)
    await Promise.allSettled(Array.from({ length: 8 }, () => client.networks.create('twins', { labels })))
  }
  expect((await twins()).length).toBeGreaterThan(1)
  const { text } = await lab.apply(resources)
  expect(text).toContain('  twins: ')
  expect(await twins()).toHaveLength(1)
  expect(await lab.plan(resources)).toBe('')
})
