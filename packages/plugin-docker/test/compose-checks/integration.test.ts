import { afterAll, beforeAll, expect, test } from 'vitest'
import { rig } from '../../../../e2e/rig/rig.ts'
import docker, { connectDocker, type DockerClient } from '../../src/index.ts'
import { told } from '../checks/site.ts'
import { projectDirectory } from '../compose-project/project-files.ts'
import { testLab } from '../lab/lab.ts'

const { images } = rig()
const port = 18102
const here = `http://127.0.0.1:${port}`
const behind = `http://127.0.0.1:${port + 1}`
type Checks = NonNullable<Parameters<typeof docker.compose>[1]['checks']>
let client: DockerClient
beforeAll(async () => {
  client = await connectDocker()
})
afterAll(() => client.close())

/** A service with pages; `script` runs before it serves. */
const serving = (script: string, more = '') => `
    image: ${images.busybox}
    command: ["sh", "-c", "mkdir /www; ${script}; exec httpd -f -p 80 -h /www"]
    stop_grace_period: 0s
    ${more}`

/** `web` is published, and behind another port of it is `db`; each tells its version. */
const project = ({ web = 'v1', db = 'v1', webScript = 'true', dbScript = 'true' }) => `
services:
  db:${serving(`echo ${db} > /www/version; ${dbScript}`)}
  web:${serving(
    `echo ${web} > /www/version; nc -ll -p 81 -e nc db 80 & ${webScript}`,
    `ports: ["127.0.0.1:${port}:80", "127.0.0.1:${port + 1}:81"]
    depends_on: [db]`,
  )}
`

const versionAt = async (url: string) => (await fetch(`${url}/version`)).text()
const idOf = async (service: string) => (await client.containers.inspect(`shop-${service}-1`))?.Id

async function shop(checks: Checks) {
  const lab = await testLab('shop')
  const { directory, write } = await projectDirectory()
  const resources = [docker.compose('shop', { directory, checks })]
  await write(project({}))
  await lab.apply(resources)
  const ids = { db: await idOf('db'), web: await idOf('web') }
  return { lab, resources, ids, update: (versions: Parameters<typeof project>[0]) => write(project(versions)) }
}

test('checks of a service decide on its own containers', async () => {
  const { lab, resources, ids, update } = await shop([
    { service: 'web', http: { url: `${here}/version`, body: '^v' }, within: '3s' },
    { service: 'db', http: { url: 'http://container/version' }, within: '3s' },
    { service: 'db', command: ['test', '-f', '/www/version'] },
  ])
  await update({ web: 'v2', db: 'v2' })
  await lab.apply(resources)
  expect(await lab.plan(resources)).toBe('')
  const renewed = { db: await idOf('db'), web: await idOf('web') }
  expect([renewed.db !== ids.db, renewed.web !== ids.web, await versionAt(here)]).toEqual([true, true, 'v2\n'])

  await update({ web: 'v3', db: 'v3', webScript: 'echo no page today; rm /www/version' })
  const { result } = await lab.attempt(resources)
  expect(told(result)).toMatch(/^web: .*checks\[0\] \(http 127\.0\.0\.1:\d+\) is not good after .*: status 404/)
  expect(told(result)).toMatch(/no page today[\s\S]*The old container runs again/)
  expect(await idOf('web')).toBe(renewed.web)
  expect(await idOf('db')).not.toBe(renewed.db)
  await expect.poll(() => versionAt(here), { timeout: 20_000 }).toBe('v2\n')

  await update({ web: 'v2', db: 'v3', dbScript: 'rm /www/version' })
  expect(told((await lab.attempt(resources)).result)).toMatch(/checks\[1\] .* status 404.*checks\[2\] .* code 1/)
  await update({ web: 'v2', db: 'v3' })
  expect(await lab.plan(resources)).toBe('')
})

test('checks of the whole project are asked while any of it is replaced', async () => {
  const checks = [{ http: { url: `${behind}/version`, body: '^v[12]' }, within: '5s' }]
  const { lab, resources, ids, update } = await shop(checks)
  expect(await versionAt(behind)).toBe('v1\n')
  // Nothing but `web` knows that the new one is no good.
  await update({ web: 'v2', db: 'v3' })
  const { result } = await lab.attempt(resources)
  expect(told(result)).toMatch(
    /db: .*checks\[0\] .* is not good after .*: body of 3 characters, expected \/\^v\[12\]\//,
  )
  expect(told(result)).toContain('web: left alone, because it needs db')
  expect({ db: await idOf('db'), web: await idOf('web') }).toEqual(ids)
  await expect.poll(() => versionAt(behind), { timeout: 20_000 }).toBe('v1\n')
  await update({ web: 'v2', db: 'v2' })
  await lab.apply(resources)
  expect([await versionAt(here), await versionAt(behind)]).toEqual(['v2\n', 'v2\n'])
  expect(await lab.plan(resources)).toBe('')
})

test('a new project is not ready before it is good, and its checks alone touch nothing', async () => {
  const lab = await testLab('shop')
  const { directory, write } = await projectDirectory()
  await write(project({}))
  const shop = (checks: Checks) => [docker.compose('shop', { directory, checks })]
  const { result } = await lab.attempt(shop([{ http: { url: `${here}/none` }, within: '1s' }]))
  expect(told(result)).toMatch(/^shop: checks\[0\] .* status 404/)
  const id = await idOf('web')
  expect(await versionAt(here)).toBe('v1\n')
  const good = shop([{ service: 'web', command: ['true'] }])
  expect(await lab.plan(good)).toMatchInlineSnapshot(`
    "update shop; live; because changed
      checks: differs (live, changed)"
  `)
  await lab.apply(good)
  expect(await lab.plan(good)).toBe('')
  expect(await idOf('web')).toBe(id)
})

test('a check says of which service it is', async () => {
  const lab = await testLab('shop')
  const { directory, write } = await projectDirectory()
  await write(project({}))
  const shop = (checks: Checks) => [docker.compose('shop', { directory, checks })]
  const trouble = async (checks: Checks) => {
    const { plan } = await lab.attempt(shop(checks)).catch((error) => ({ plan: error }))
    return plan.diagnostics
  }
  expect(await trouble([{ service: 'wep', command: ['true'] }])).toMatchObject([
    { code: 'no_such_service', path: 'checks[0].service', advice: 'Did you mean "web"?' },
  ])
  const needed = { path: 'checks[0].service', summary: 'What is asked of a container needs the service that it is of' }
  for (const check of [
    { command: ['true'] },
    { http: { url: 'http://container/' } },
    { tcp: { host: 'container', port: 1 } },
  ])
    expect(await trouble([check])).toMatchObject([needed])
  expect(await trouble([{}])).toMatchObject([
    { path: 'checks[0]', summary: 'Expected one of "http", "tcp" and "command"' },
  ])
})
