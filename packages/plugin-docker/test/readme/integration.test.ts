import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { rig } from '../../../../e2e/rig/rig.ts'
import { connectDocker, type DockerClient } from '../../src/client/index.ts'

const { docker: engine, images, home } = rig()
const readme = new URL('../../README.md', import.meta.url)
const nginx = 'nginx:1.27'
let docker: DockerClient
let directory: string

beforeAll(async () => {
  docker = await connectDocker(engine)
  directory = await mkdtemp(join(import.meta.dirname, 'examples-'))
})
afterAll(async () => {
  await docker.containers.remove('web', { force: true })
  await docker.networks.remove('front')
  docker.close()
  await rm(directory, { recursive: true })
})

/** The rig's web server stands in for nginx from Docker Hub, and a host of the rig for the tower. */
async function runExample(index: number): Promise<string> {
  const examples = [...(await readFile(readme, 'utf8')).matchAll(/^```ts\n(.*?)^```/gms)].map(([, code]) => code!)
  const code = examples[index]!.replaceAll(nginx, images.web).replace(
    "{ address: 'tower.lan', user: 'root' }",
    "{ address: 'h2', user: 'root' }",
  )
  const path = join(directory, `example-${index}.ts`)
  await writeFile(path, code)
  const { stdout } = await execa(process.execPath, ['--conditions=lares-source', path], {
    env: { HOME: home },
    timeout: 60_000,
  })
  return stdout
}

test('a container from pull to exec', async () => {
  expect(await runExample(0)).toMatch(/^web runs as [0-9a-f]{12}$/)
})

test('an engine on another machine', async () => {
  const elsewhere = await runExample(1)
  expect(elsewhere).not.toContain('web')
})

test('what was said about a container', async () => {
  expect(await runExample(2)).toBe('128MiB 64MiB')
})

test('errors have codes', async () => {
  await docker.containers.stop('web', { grace: '1s' })
  const taken = { image: images.web, ports: ['127.0.0.1:8080:80'] }
  await docker.containers.create('squatter', taken)
  await docker.containers.start('squatter')
  expect(await runExample(3)).toBe('somebody else has that port')
  await docker.containers.remove('squatter', { force: true })
})
