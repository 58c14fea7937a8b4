import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type AnyResource, defineLab, type Outdated } from '@lares/core'
import { connectHost } from '@lares/transport'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { machine } from '../../../../e2e/rig/machine.ts'
import { onHost, rig, rigHost } from '../../../../e2e/rig/rig.ts'
import { createRegistryClient } from '../../src/client/registry/registry-client.ts'
import docker, { connectDocker, type DockerClient } from '../../src/index.ts'
import { type TestLab, testLab } from '../lab/lab.ts'
import { listening, ownRegistry, tokenGiver } from './registries.ts'

const { images, registry, privateRegistry } = rig()
let client: DockerClient
beforeAll(async () => {
  client = await connectDocker()
})
afterAll(() => client.close())

/** Makes tags of a repository, all of one image, and leaves nothing of them on the engine. */
async function publish(repository: string, tags: readonly string[], engine = client): Promise<string> {
  let digest: string | undefined
  for (const tag of tags) {
    const reference = `${repository}:${tag}`
    await engine.images.tag(images.busybox, reference)
    digest = await engine.images.push(reference)
    await engine.images.remove(reference)
  }
  return digest!
}

/** As another machine would: the engine still has the old image under the name. */
async function move(reference: string): Promise<string> {
  const old = (await client.images.inspect(reference))!.Id
  await client.images.tag(images.busyboxNext, reference)
  const digest = await client.images.push(reference)
  await client.images.tag(old, reference)
  return digest!
}

const outdated = async (lab: TestLab, resources: readonly AnyResource[], addresses?: string[]): Promise<Outdated[]> =>
  await lab.engine.outdated(defineLab({ name: 'outdated', resources }), addresses)

/** The Docker config of this user, for one test. */
async function login(auths: Record<string, string>): Promise<void> {
  const directory = join(homedir(), '.docker')
  await mkdir(directory, { recursive: true })
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  const entries = Object.entries(auths).map(([name, pair]) => [name, { auth: Buffer.from(pair).toString('base64') }])
  await writeFile(join(directory, 'config.json'), JSON.stringify({ auths: Object.fromEntries(entries) }))
}

const VERSIONS = ['1.0.0', '1.0.4', '1.0.10', '1.2.0', '2.0.0', '2.1.0-rc1', '1.0', '2024', 'latest', '1.3.0-alpine']

test('newer tags, and a tag that means another image by now', async () => {
  const lab = await testLab('outdated')
  const app = `${registry.address}/outdated/app`
  const digest = await publish(app, VERSIONS)
  const resources = [
    docker.image('image', { image: `${app}:1.0.0` }),
    docker.container('app', { image: `${app}:1.0.4` }),
    docker.container('floating', { image: `${app}:latest` }),
    docker.network('aside', {}),
  ]
  expect((await outdated(lab, resources)).map(({ status }) => status)).toEqual(['absent', 'absent', 'absent'])
  await lab.apply(resources)
  const newer = (version: string, step: string) => ({ version, name: `${app}:${version}`, step })
  const used = (tag: string) => ({ kind: 'image', name: `${app}:${tag}`, version: tag, digest })
  const newest = [newer('1.0.10', 'patch'), newer('1.2.0', 'minor'), newer('2.0.0', 'major')]
  const present = { status: 'present', diagnostics: [] }
  expect(await outdated(lab, resources)).toEqual([
    { address: 'image', type: 'docker.image', ...present, inUse: [{ ...used('1.0.0'), newer: newest }] },
    { address: 'app', type: 'docker.container', ...present, inUse: [{ ...used('1.0.4'), newer: newest }] },
    { address: 'floating', type: 'docker.container', ...present, inUse: [{ ...used('latest'), newer: [] }] },
  ])
  const moved = await move(`${app}:latest`)
  expect(await outdated(lab, resources, ['floating'])).toMatchObject([
    { inUse: [{ digest, newDigest: moved, newer: [] }] },
  ])
  expect(await lab.plan(resources)).toBe('')
})

test('images that no registry knows, or that name themselves, and a tag that is gone', async () => {
  const lab = await testLab('outdated')
  const app = `${registry.address}/outdated/odd`
  const digest = await publish(app, ['1.0', '1.1'])
  await client.images.tag(images.busybox, 'outdated-local:1.0')
  onTestFinished(async () => void (await client.images.remove('outdated-local:1.0')))
  const { Id } = (await client.images.inspect(images.busybox))!
  await client.images.pull(`${app}@${digest}`)
  const resources = [
    docker.container('local', { image: 'outdated-local:1.0' }),
    docker.container('by-id', { image: Id }),
    docker.container('pinned', { image: `${app}@${digest}` }),
    docker.container('both', { image: `${app}:1.0@${digest}` }),
    docker.container('gone', { image: `${app}:1.0` }),
  ]
  await lab.apply(resources)
  await fetch(`http://${registry.address}/v2/outdated/odd/manifests/${digest}`, { method: 'DELETE' })
  await client.images.tag(images.busyboxNext, `${app}:1.1`)
  await client.images.push(`${app}:1.1`)
  await client.images.remove(`${app}:1.1`)
  const answers = await outdated(lab, resources)
  expect(answers.flatMap(({ diagnostics }) => diagnostics)).toEqual([])
  expect(
    answers.map(({ address, inUse: [used] }) => [address, used?.note, used?.newer.map(({ name }) => name)]),
  ).toEqual([
    ['local', 'not from a registry', []],
    ['by-id', 'named by its id, which no registry knows', []],
    ['pinned', 'named by its digest', []],
    ['both', 'the registry has no such tag any more', [`${app}:1.1`]],
    ['gone', 'the registry has no such tag any more', [`${app}:1.1`]],
  ])
})

test('the digest of an image for several platforms is that of its index', async () => {
  const lab = await testLab('outdated')
  const app = `${registry.address}/outdated/platforms`
  await publish(app, ['single'])
  const at = `http://${registry.address}/v2/outdated/platforms/manifests`
  const manifestType = 'application/vnd.docker.distribution.manifest.v2+json'
  const single = await fetch(`${at}/single`, { headers: { accept: manifestType } })
  const text = await single.text()
  const mediaType = 'application/vnd.docker.distribution.manifest.list.v2+json'
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch
  const entry = { mediaType: manifestType, size: text.length, digest: single.headers.get('docker-content-digest') }
  const put = async (platforms: string[]) => {
    const manifests = platforms.map((platform) => ({ ...entry, platform: { architecture: platform, os: 'linux' } }))
    const body = JSON.stringify({ schemaVersion: 2, mediaType, manifests })
    const answer = await fetch(`${at}/5`, { method: 'PUT', headers: { 'content-type': mediaType }, body })
    expect(answer.status).toBe(201)
    return answer.headers.get('docker-content-digest')
  }
  const index = await put([architecture])
  const resources = [docker.container('platforms', { image: `${app}:5` })]
  await lab.apply(resources)
  expect((await outdated(lab, resources))[0]?.inUse).toEqual([
    { kind: 'image', name: `${app}:5`, version: '5', digest: index, newer: [] },
  ])
  const next = await put([architecture, 'riscv64'])
  expect((await outdated(lab, resources))[0]?.inUse).toMatchObject([{ digest: index, newDigest: next }])
})

test('each registry is asked for what is needed, once', async () => {
  const lab = await testLab('outdated')
  const real = await ownRegistry({ port: 5062 })
  const { address, asked } = await listening(real.address)
  const [one, two] = [`${address}/one`, `${address}/deep/two`]
  await publish(one, ['1.0', '1.1', 'latest'])
  await publish(two, ['v3.0.0', 'v3.0.1'])
  const resources = [
    docker.image('one-image', { image: `${one}:1.0` }),
    ...['a', 'b', 'c', 'd', 'e'].map((name) => docker.container(`one-${name}`, { image: `${one}:1.0` })),
    docker.container('latest', { image: `${one}:latest` }),
    docker.container('two', { image: `${two}:v3.0.0` }),
  ]
  await lab.apply(resources)
  asked.length = 0
  const answers = await outdated(lab, resources)
  expect(answers.filter(({ inUse: [used] }) => used!.newer.length > 0)).toHaveLength(7)
  expect(asked.toSorted()).toEqual([
    'GET /v2/',
    'GET /v2/deep/two/tags/list?n=1000',
    'GET /v2/one/tags/list?n=1000',
    'HEAD /v2/deep/two/manifests/v3.0.0',
    'HEAD /v2/one/manifests/1.0',
    'HEAD /v2/one/manifests/latest',
  ])
  asked.length = 0
  await outdated(lab, resources, ['latest'])
  expect(asked).toEqual(['GET /v2/', 'HEAD /v2/one/manifests/latest'])
})

test('a registry that wants a login: with the right one, a wrong one, and none', async () => {
  const { address, username, password } = privateRegistry
  const lab = await testLab('outdated')
  await login({ [address]: `${username}:${password}` })
  const family = await connectDocker()
  onTestFinished(() => family.close())
  const app = `${address}/outdated/private`
  await publish(app, ['1.0', '1.1'], family)
  const open = `${registry.address}/outdated/beside`
  await publish(open, ['1.0', '1.1'])
  const resources = [
    docker.container('private', { image: `${app}:1.0` }),
    docker.container('beside', { image: `${open}:1.0` }),
  ]
  await lab.apply(resources)
  const newer = async () => {
    const answers = await outdated(lab, resources)
    expect(JSON.stringify(answers)).not.toContain(password)
    const [secret, beside] = answers
    expect(beside).toMatchObject({ inUse: [{ newer: [{ version: '1.1' }] }], diagnostics: [] })
    return secret!
  }
  expect(await newer()).toMatchObject({ inUse: [{ newer: [{ version: '1.1', step: 'minor' }] }], diagnostics: [] })
  const refused = { code: 'unauthorized', address: 'private', advice: `docker login ${address}` }
  await login({ [address]: `${username}:open-salami` })
  const wrong = await newer()
  expect(wrong).toMatchObject({ inUse: [{ note: 'the registry could not be asked' }], diagnostics: [refused] })
  expect(wrong.diagnostics[0]?.summary).toContain(`${address} refuses the login of the Docker config`)
  expect(JSON.stringify(wrong)).not.toContain('open-salami')
  await login({})
  expect((await newer()).diagnostics).toMatchObject([
    { ...refused, summary: expect.stringContaining(`${address} wants a login`) },
  ])
})

test('a registry whose tokens come from elsewhere', async () => {
  const giver = await tokenGiver({ family: 'open:sesame', '': '' })
  const { address } = await ownRegistry({ port: 5063, auth: giver.auth })
  const registries = (password?: string) =>
    createRegistryClient({
      credentials: async (serveraddress) =>
        password === undefined ? undefined : { username: 'family', password, serveraddress },
    })
  const withLogin = registries('open:sesame')
  const ask = (name: string, client = withLogin) => client.digest(`${address}/${name}:1`, { insecure: true })
  const tags = () => withLogin.tags(`${address}/one:1`, { insecure: true }).catch(({ code }) => code)
  const answers = await Promise.all([ask('one'), ask('two'), ask('one'), tags()])
  expect(answers).toEqual([undefined, undefined, undefined, 'no_such_image'])
  expect(giver.asked.toSorted()).toEqual([
    'family repository:one:pull own-registry',
    'family repository:two:pull own-registry',
  ])
  await expect(ask('one', registries('open:salami'))).rejects.toMatchObject({
    code: 'unauthorized',
    message: `${address} refuses the login of the Docker config`,
  })
  expect(await ask('one', registries())).toBeUndefined()
  expect(giver.asked.slice(2)).toEqual(['family repository:one:pull own-registry', ' repository:one:pull own-registry'])
})

test('a registry that is down is a warning of what comes from it', async () => {
  const lab = await testLab('outdated')
  const { address, stop } = await ownRegistry({ port: 5064 })
  await publish(`${address}/app`, ['1.0', '1.1'])
  const open = `${registry.address}/outdated/up`
  await publish(open, ['1.0', '1.1'])
  const resources = [
    docker.container('down', { image: `${address}/app:1.0` }),
    docker.container('up', { image: `${open}:1.0` }),
  ]
  await lab.apply(resources)
  await stop()
  expect(await outdated(lab, resources)).toMatchObject([
    {
      address: 'down',
      status: 'present',
      inUse: [{ name: `${address}/app:1.0`, note: 'the registry could not be asked', newer: [] }],
      diagnostics: [
        { severity: 'warning', code: 'unreachable', address: 'down', summary: expect.stringContaining(address) },
      ],
    },
    { address: 'up', inUse: [{ newer: [{ version: '1.1' }] }], diagnostics: [] },
  ])
})

const NOTE = 'only the engine reaches the registry, so newer tags are not known'

/** A container on h2 from a registry there, whose tag has moved since. */
async function movedOnHost(lab: TestLab, repository: string) {
  const there = await connectDocker({ host: await connectHost({ address: 'h2' }) })
  onTestFinished(() => there.close())
  await there.images.pull(images.busybox)
  await there.images.pull(images.busyboxNext)
  const reference = `${repository}:1.0`
  await publish(repository, ['1.0', '1.1'], there)
  const on = machine('h2', { address: 'h2' })
  const resources = [on, docker.container('far', { on, image: reference })]
  await lab.apply(resources)
  expect(await outdated(lab, resources)).toMatchObject([
    { on: 'h2', inUse: [{ newer: [], note: NOTE }], diagnostics: [] },
  ])
  const old = (await there.images.inspect(reference))!.Id
  await there.images.tag(images.busyboxNext, reference)
  const moved = await there.images.push(reference)
  await there.images.tag(old, reference)
  return { resources, moved }
}

test('what an engine elsewhere calls localhost is asked by that engine', async () => {
  const lab = await testLab('outdated')
  const { address } = await ownRegistry({ port: 5065, inside: rigHost('h2').pid })
  // What this machine has at the same address is not asked.
  const here = await ownRegistry({ port: 5065 })
  expect(here.address).toBe(address)
  const { resources, moved } = await movedOnHost(lab, `${address}/far`)
  expect(await outdated(lab, resources)).toMatchObject([{ inUse: [{ newDigest: moved, note: NOTE }], diagnostics: [] }])
})

test('a registry that only the engine reaches is asked by the engine', async () => {
  const lab = await testLab('outdated')
  const host = rigHost('h2')
  const ip = '10.77.0.99'
  await onHost(host, 'ip', 'address', 'add', `${ip}/32`, 'dev', 'lo')
  onTestFinished(async () => void (await onHost(host, 'ip', 'address', 'del', `${ip}/32`, 'dev', 'lo')))
  await execa('ip', ['route', 'add', 'unreachable', ip])
  onTestFinished(async () => void (await execa('ip', ['route', 'del', 'unreachable', ip])))
  const { address, stop } = await ownRegistry({ port: 5066, ip, inside: host.pid })
  const { resources, moved } = await movedOnHost(lab, `${address}/far`)
  expect(await outdated(lab, resources)).toMatchObject([{ inUse: [{ newDigest: moved, note: NOTE }], diagnostics: [] }])
  await stop()
  const failed = { severity: 'warning', code: 'unreachable', address: 'far' }
  expect(await outdated(lab, resources)).toMatchObject([{ inUse: [{ newer: [] }], diagnostics: [failed] }])
})

test('the command', async () => {
  const root = fileURLToPath(new URL('../../../../', import.meta.url))
  const directory = await mkdtemp(join(tmpdir(), 'lares-outdated-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  await mkdir(join(directory, 'node_modules'))
  await symlink(join(root, 'node_modules/@lares'), join(directory, 'node_modules/@lares'))
  const app = `${registry.address}/outdated/command`
  await publish(app, ['1.0.0', '1.0.1', '2.0.0'])
  const lares = async (...args: string[]) => {
    const options = { cwd: directory, reject: false, timeout: 60_000, stdin: 'ignore' } as const
    const ran = await execa(
      process.execPath,
      ['--conditions=lares-source', join(root, 'apps/cli/src/main.ts'), ...args],
      options,
    )
    return {
      code: ran.exitCode,
      out: ran.stdout.replaceAll(registry.address, 'REGISTRY').replace(/ +/g, ' '),
      err: ran.stderr,
    }
  }
  await writeFile(
    join(directory, 'lares.yaml'),
    JSON.stringify({
      name: 'outdated',
      plugins: ['@lares/plugin-docker'],
      resources: {
        old: { type: 'docker.container', image: `${app}:1.0.0` },
        new: { type: 'docker.container', image: `${app}:2.0.0` },
      },
    }),
  )
  expect((await lares('apply', '--yes')).code).toBe(0)
  onTestFinished(async () => void (await lares('destroy', '--yes')))
  expect(await lares('outdated')).toEqual({
    code: 0,
    err: '',
    out: [
      'ADDRESS IN USE SAME MAJOR NEWER MAJOR',
      'old REGISTRY/outdated/command:1.0.0 1.0.1 2.0.0',
      '',
      '2 images in use: 1 outdated (1 with newer versions), 1 up to date.',
    ].join('\n'),
  })
  expect((await lares('outdated', '--detailed-exitcode')).code).toBe(2)
  expect((await lares('outdated', 'new', '--detailed-exitcode')).code).toBe(0)
})
