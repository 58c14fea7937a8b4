import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { rig } from '../../../../e2e/rig/rig.ts'
import docker, { connectDocker, type DockerClient } from '../../src/index.ts'
import { testLab } from '../lab/lab.ts'

const { images, registry, privateRegistry } = rig()
let client: DockerClient
beforeAll(async () => {
  client = await connectDocker()
})
afterAll(() => client.close())

const imageOf = async (name: string) => (await client.containers.inspect(name))?.Image

/** Makes a reference mean an image in the registry, and nothing on the engine. */
async function publish(source: string, reference: string): Promise<string> {
  await client.images.tag(source, reference)
  const digest = await client.images.push(reference)
  await client.images.remove(reference)
  return digest!
}

test('a build: its context is a change, its container follows, and nothing of it is left', async () => {
  const lab = await testLab('building')
  const context = await mkdtemp(join(tmpdir(), 'lares-context-'))
  onTestFinished(() => rm(context, { recursive: true }))
  await writeFile(
    join(context, 'Dockerfile'),
    `FROM ${images.busybox}\nARG WHO=nobody\nCOPY page /page\nENV WHO=$WHO\n`,
  )
  await writeFile(join(context, 'page'), 'one')
  const resources = (args: Record<string, string>) => {
    const image = docker.image('page', { build: { context, args } })
    return [image, docker.container('reader', { image: image.reference, stopGracePeriod: '0s' })]
  }
  const read = async () =>
    (await client.containers.exec('reader', ['sh', '-c', 'cat /page; echo " $WHO"'])).stdout.trim()
  await lab.apply(resources({}))
  expect(await read()).toBe('one nobody')
  expect(await lab.plan(resources({}))).toBe('')

  await writeFile(join(context, 'page'), 'two')
  const { text } = await lab.apply(resources({}))
  expect(text).toContain('build.context: "sha256:')
  expect(await read()).toBe('two nobody')
  expect(await lab.plan(resources({}))).toBe('')

  await lab.apply(resources({ WHO: 'me' }))
  expect(await read()).toBe('two me')
  expect(await lab.plan(resources({ WHO: 'me' }))).toBe('')

  await lab.apply([])
  expect(await client.images.list({ labels: { 'dev.lares.build.lab': 'building' } })).toEqual([])
})

test('a tag that others built is not taken over', async () => {
  const lab = await testLab('taken')
  const directory = await mkdtemp(join(tmpdir(), 'lares-context-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const id = await client.images.build({
    directory,
    dockerfileInline: `FROM ${images.busybox}\nENV MINE=1`,
    tags: ['theirs:1'],
  })
  const build = { context: directory, dockerfileInline: `FROM ${images.busybox}` }
  const { result } = await lab.attempt([docker.image('ours', { build, tag: 'theirs:1' })])
  expect(result.diagnostics[0]).toMatchObject({ code: 'already_exists', address: 'ours' })
  expect((await client.images.inspect('theirs:1'))?.Id).toBe(id)
  await client.images.remove('theirs:1')
})

test('a tag that moved: seen with pull always, and its container follows in the same apply', async () => {
  const lab = await testLab('moving')
  const reference = `${registry.address}/moving:1`
  const resources = (pull: 'always' | 'missing') => {
    const image = docker.image('app-image', { image: reference, pull })
    return [image, docker.container('app', { image: image.reference })]
  }
  const first = await publish(images.busybox, reference)
  await lab.apply(resources('always'))
  expect(await lab.plan(resources('always'))).toBe('')
  const before = await imageOf('app')
  const elsewhere = await publishElsewhere(images.busyboxNext, reference)
  expect(await lab.plan(resources('missing'))).toBe('')
  const { text } = await lab.apply(resources('always'))
  expect(text).toContain(`digest: "${first}" -> "${elsewhere}"`)
  expect(await imageOf('app')).not.toBe(before)
  expect(await imageOf('app')).toBe((await client.images.inspect(images.busyboxNext))?.Id)
  expect(await lab.plan(resources('always'))).toBe('')
  await lab.apply([])
  expect(await client.images.inspect(reference)).toBeUndefined()
})

/** As another machine would: this engine still has the old image under the name. */
async function publishElsewhere(source: string, reference: string): Promise<string> {
  const old = (await client.images.inspect(reference))!.Id
  await client.images.tag(source, reference)
  const digest = await client.images.push(reference)
  await client.images.tag(old, reference)
  return digest!
}

test('a container follows a tag that was moved by hand', async () => {
  const lab = await testLab('retagged')
  await client.images.tag(images.busybox, 'retagged:1')
  const resources = [docker.container('app', { image: 'retagged:1' })]
  await lab.apply(resources)
  await client.images.tag(images.busyboxNext, 'retagged:1')
  const { text } = await lab.apply(resources)
  expect(text).toContain('imageId: ')
  expect(await imageOf('app')).toBe((await client.images.inspect(images.busyboxNext))?.Id)
  expect(await lab.plan(resources)).toBe('')
  await lab.apply([])
  await client.images.remove('retagged:1')
})

test('by digest, and a container that pulls for itself', async () => {
  const lab = await testLab('digest')
  const digest = await publish(images.busybox, `${registry.address}/pinned:1`)
  const pinned = `${registry.address}/pinned@${digest}`
  const image = docker.image('pinned', { image: pinned })
  const resources = [image, docker.container('app', { image: image.reference })]
  await lab.apply(resources)
  expect(await lab.plan(resources)).toBe('')
  const alone = [docker.container('app', { image: `${registry.address}/pinned:1` })]
  await lab.apply(alone)
  expect(await lab.plan(alone)).toBe('')
  await lab.apply([])
  await client.images.remove(`${registry.address}/pinned:1`)
})

test("with the login of the user's own Docker configuration", async () => {
  const { address, username, password } = privateRegistry
  const reference = `${address}/secret-sauce:1`
  const directory = join(homedir(), '.docker')
  await mkdir(directory, { recursive: true })
  onTestFinished(() => rm(directory, { recursive: true }))
  const auth = Buffer.from(`${username}:${password}`).toString('base64')
  await writeFile(join(directory, 'config.json'), JSON.stringify({ auths: { [address]: { auth } } }))
  const family = await connectDocker()
  onTestFinished(() => family.close())
  await family.images.tag(images.busybox, reference)
  await family.images.push(reference)
  await family.images.remove(reference)
  const lab = await testLab('private')
  await lab.apply([docker.image('sauce', { image: reference, pull: 'always' })])
  expect(await lab.plan([docker.image('sauce', { image: reference, pull: 'always' })])).toBe('')
  expect(JSON.stringify(lab.events)).not.toContain(password)
  await lab.apply([])
  expect(await client.images.inspect(reference)).toBeUndefined()
})

test('an image that was there stays when it is no longer wanted', async () => {
  const lab = await testLab('found')
  await client.images.tag(images.busybox, 'found:1')
  await lab.apply([docker.image('found', { image: 'found:1' })])
  await lab.apply([])
  expect(await client.images.inspect('found:1')).toBeDefined()
  await client.images.remove('found:1')
})
