import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { rig } from '../../../../e2e/rig/rig.ts'
import docker, { connectDocker, type DockerClient } from '../../src/index.ts'
import { testLab } from '../lab/lab.ts'

const { images } = rig()
let client: DockerClient
beforeAll(async () => {
  client = await connectDocker()
})
afterAll(() => client.close())

/** A directory with a compose file that can be written again. */
async function files(): Promise<{ directory: string; write(text: string): Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), 'lares-compose-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  return { directory, write: (text) => writeFile(join(directory, 'compose.yaml'), text) }
}

const sleeps = `command: ["sh", "-c", "trap 'exit 0' TERM; while :; do sleep 0.1; done"]`

test('a project is brought up, changed where it has to be, and taken away', async () => {
  const lab = await testLab('project')
  const { directory, write } = await files()
  const text = (more = '') => `
services:
  web:
    image: ${images.busybox}
    ${sleeps}
    environment: { A: "1" }
    ports: ["127.0.0.1:18080:80"]
    depends_on: [db]
    ${more}
  db:
    image: ${images.busybox}
    ${sleeps}
    volumes: [data:/data]
volumes:
  data:
`
  await write(text())
  const resources = [docker.compose('cloud', { directory })]
  expect(await lab.plan(resources)).toMatchInlineSnapshot(`
    "create cloud; because new
      networks.default: create (live, changed)
      volumes.data: create (live, changed)
      services.db: create (live, changed)
      services.web: create (live, changed)"
  `)
  await lab.apply(resources)
  expect(await lab.plan(resources)).toBe('')
  const before = await client.containers.inspect('cloud-db-1')
  await write(text('cap_add: [NET_ADMIN]'))
  expect(await lab.plan(resources)).toMatchInlineSnapshot(`
    "update cloud; restart; because changed
      services.web: replace (restart, changed, capAdd)
        capAdd: [] -> ["NET_ADMIN"] (replace, changed)"
  `)
  await lab.apply(resources)
  expect(await lab.plan(resources)).toBe('')
  expect((await client.containers.inspect('cloud-db-1'))!.Id).toBe(before!.Id)
  await write(text())
  expect(await lab.plan(resources)).toMatchInlineSnapshot(`
    "update cloud; restart; because changed
      services.web: replace (restart, changed, capAdd)
        capAdd: ["NET_ADMIN"] -> (none) (replace, unset)"
  `)
  await lab.apply(resources)
  expect(await lab.plan(resources)).toBe('')

  await client.containers.remove('cloud-web-1', { force: true })
  await client.networks.disconnect('cloud_default', 'cloud-db-1')
  await client.containers.update('cloud-db-1', { RestartPolicy: { Name: 'always' } } as never)
  expect(await lab.plan(resources)).toMatchInlineSnapshot(`
    "update cloud; live; because drifted
      services.db: update (live, drifted, network cloud_default; restart)
        networks.cloud_default: (none) -> {"aliases":["cloud-db-1","db"]} (live, drifted)
        restart: "always" -> (none) (live, drifted)
      services.web: create (live, drifted, it is gone)"
  `)
  await lab.apply(resources)
  expect(await lab.plan(resources)).toBe('')
})
