import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { secret } from '@lares/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { rig } from '../../../../e2e/rig/rig.ts'
import docker, { connectDocker, type DockerClient } from '../../src/index.ts'
import { type TestLab, testLab } from '../lab/lab.ts'
import { type Checks, here, port, site, told } from './site.ts'

const { images } = rig()
let client: DockerClient
beforeAll(async () => {
  client = await connectDocker()
})
afterAll(async () => {
  await client.volumes.remove('checks-data')
  client.close()
})

const page = async () => (await fetch(here)).text()
const idOf = async (name: string) => (await client.containers.inspect(name))?.Id

/** Brings a site up, tries an update that is no good, and sees the first one serve again. */
async function rolledBack(lab: TestLab, checks: Checks, script: string): Promise<string> {
  await lab.apply([site('v1')])
  const id = await idOf('site')
  const { result } = await lab.attempt([site('v2', { checks, script })])
  expect(result.failed).toBe(1)
  expect(await idOf('site')).toBe(id)
  expect(await client.containers.inspect('site.lares-next')).toBeUndefined()
  await expect.poll(page, { timeout: 20_000 }).toBe('v1\n')
  expect(await lab.plan([site('v1')])).toBe('')
  const said = told(result)
  expect(said).toContain('The old container runs again')
  return said
}

test('an update that is good in the end takes the place of the old one, and its checks are waited for', async () => {
  const lab = await testLab('checked', { TOKEN: 'hunter2-hunter2' })
  const headers = { Authorization: secret.env('TOKEN') }
  const checks = [
    { http: { url: `${here}/?token=swordfish`, body: '^v2', headers }, every: '100ms' },
    { tcp: { port }, every: '100ms' },
    { command: ['test', '-f', '/www/index.html'] },
  ]
  await lab.apply([site('v1')])
  await lab.apply([site('v2', { checks, script: 'sleep 1' })])
  expect(await page()).toBe('v2\n')
  expect(await lab.plan([site('v2', { checks, script: 'sleep 1' })])).toBe('')
  const logged = lab.events.flatMap((event) => (event.type === 'action.log' ? [event.message] : []))
  expect(logged).toContainEqual(expect.stringMatching(/^waiting for checks\[0\] \(http 127\.0\.0\.1:\d+\): /))
  const files = await readdir(lab.directory, { recursive: true, withFileTypes: true })
  const state = await Promise.all(
    files.filter((one) => one.isFile()).map((one) => readFile(join(one.parentPath, one.name), 'utf8')),
  )
  expect(JSON.stringify([lab.events, state])).not.toContain('hunter2')
  expect(JSON.stringify(lab.events)).not.toContain('swordfish')
})

test('a page that is not as it should be: the old one serves again, with its data', async () => {
  const lab = await testLab('page', { TOKEN: 'hunter2-hunter2' })
  const http = { url: `${here}/?token=swordfish`, headers: { 'X-Token': secret.env('TOKEN') } }
  await lab.apply([site('v1')])
  await client.containers.exec('site', ['sh', '-c', 'echo precious > /data/file'])
  const said = await rolledBack(lab, [{ http, within: '2s' }], 'rm /www/index.html; echo no page today')
  expect(said).toMatch(
    /The new container was no good: checks\[0\] \(http 127\.0\.0\.1:\d+\) is not good after \d.*: status 404, expected 200 to 399/,
  )
  expect(said).toContain('no page today')
  expect(said + JSON.stringify(lab.events)).not.toMatch(/hunter2|swordfish/)
  const { stdout } = await client.containers.exec('site', ['cat', '/data/file'])
  expect(stdout).toBe('precious\n')
})

const alarm = (status: string) => `echo '{"alarms":{"system.load.high":{"status":"${status}"}}}' > /www/alarms`
const alarms = [
  { path: ['alarms', 'system.load.high', 'status'], oneOf: ['CLEAR'] },
  { path: ['alarms', 'disk.full', 'status'], oneOf: ['CLEAR', 'UNDEFINED'] },
]

test.each<[string, Checks, string, RegExp]>([
  [
    'a port that only the proxy of the engine answers',
    [{ tcp: { port }, within: '3s' }],
    'exec sleep 1000',
    /checks\[0\] \(tcp 127\.0\.0\.1:\d+\) is not good after/,
  ],
  [
    'a program that fails',
    [{ command: ['sh', '-c', 'echo the schema is old; exit 7'], within: '1s' }],
    'true',
    /checks\[0\] \(command sh\) is not good after .*: it ended with code 7, expected 0: the schema is old/,
  ],
  [
    'a page that goes after two seconds',
    [{ http: { url: here }, within: '3s', for: '10s', every: '200ms' }],
    '(sleep 2; rm /www/index.html) &',
    /is not good after .*, though it had been for \d.*: status 404/,
  ],
  [
    'an alarm',
    [{ http: { url: `${here}/alarms`, json: alarms }, within: '1s' }],
    alarm('WARNING'),
    /alarms\["system\.load\.high"\]\.status is "WARNING", expected "CLEAR", alarms\["disk\.full"\]\.status is not there, expected/,
  ],
  [
    'one of several',
    [{ command: ['true'] }, { http: { url: here, status: 503 }, within: '1s' }],
    'true',
    /: checks\[1\] .* status 200, expected 503/,
  ],
  // Nobody waits for what has ended.
  ['what ends while it is waited for', [{ http: { url: here, status: 503 } }], 'sleep 2; exit 3', /exited with code 3/],
])('%s: the old container runs again', async (_, checks, script, words) => {
  expect(await rolledBack(await testLab('rolled'), checks, script)).toMatch(words)
})

test('an alarm that is clear', async () => {
  const lab = await testLab('clear')
  const checks = [{ http: { url: `${here}/alarms`, json: alarms.slice(0, 1) }, within: '20s' }]
  const raised = `${alarm('WARNING')}; (sleep 2; ${alarm('CLEAR')}) &`
  await lab.apply([site('v1')])
  await lab.apply([site('v2', { checks, script: raised })])
  expect(await page()).toBe('v2\n')
})

test('what runs beside the old one is asked at its own address', async () => {
  const lab = await testLab('beside')
  const quiet = (version: string, script = '') =>
    docker.container('quiet', {
      image: images.busybox,
      env: { VERSION: version },
      command: ['sh', '-c', `mkdir /www; ${script} echo ${version} > /www/index.html; exec httpd -f -p 80 -h /www`],
      checks: [
        { http: { url: 'http://container/', body: version }, within: '5s' },
        { tcp: { host: 'container', port: 80 }, within: '5s' },
      ],
    })
  await lab.apply([quiet('v1')])
  await lab.apply([quiet('v2')])
  const id = await idOf('quiet')
  const { result } = await lab.attempt([quiet('v3', 'exec sleep 1000;')])
  expect(told(result)).toMatch(/checks\[0\] \(http container\) is not good after .*; checks\[1\] \(tcp container:80\)/)
  expect(await idOf('quiet')).toBe(id)
})

test('other checks alone touch no container, and are asked', async () => {
  const lab = await testLab('alone')
  const withChecks = (checks: Checks) => [site('v1', { checks })]
  await lab.apply([site('v1')])
  const id = await idOf('site')
  const good = withChecks([{ http: { url: here } }])
  expect(await lab.plan(good)).toMatchInlineSnapshot(`
    "update site; live; because changed
      checks: differs (live, changed)"
  `)
  await lab.apply(good)
  expect(await lab.plan(good)).toBe('')
  const { result } = await lab.attempt(withChecks([{ http: { url: `${here}/none` }, within: '1s' }]))
  expect(told(result)).toContain('status 404, expected 200 to 399')
  expect(told(result)).toContain('The container stays as it is')
  await lab.apply([site('v1')])
  expect(await lab.plan([site('v1')])).toBe('')
  // What another resource gives is known only once that is there.
  const front = docker.network('front', {})
  const given = [front, ...withChecks([{ http: { url: here, headers: { 'X-Network': front.id } } }])]
  expect(await lab.plan(given)).toMatch(/update site; live; .*\n {2}checks: /)
  await lab.apply(given)
  expect(await lab.plan(given)).toBe('')
  expect(await idOf('site')).toBe(id)
})

test('a new container that is not good keeps what depends on it waiting, and stays', async () => {
  const lab = await testLab('new')
  const first = site('v1', { checks: [{ http: { url: here, body: 'v2' }, within: '1s' }] })
  const second = docker.container('second', { image: images.busybox, dependsOn: [first] })
  const { result } = await lab.attempt([first, second])
  expect([result.failed, result.skipped]).toEqual([1, 1])
  expect(told(result)).toContain('body of 3 characters, expected /v2/ in it')
  expect(await page()).toBe('v1\n')
  expect(await client.containers.inspect('second')).toBeUndefined()
})
