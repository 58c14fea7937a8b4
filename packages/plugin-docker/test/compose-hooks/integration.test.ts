import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type AnyResource, defineLab } from '@lares/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { rig } from '../../../../e2e/rig/rig.ts'
import docker, { connectDocker, type DockerClient } from '../../src/index.ts'
import { projectDirectory, sleeps } from '../compose-project/project-files.ts'
import { type TestLab, testLab } from '../lab/lab.ts'

const { images } = rig()
let client: DockerClient
beforeAll(async () => {
  client = await connectDocker()
})
afterAll(() => client.close())

/** A project whose containers write into one file what is done in them. */
async function hooked(name: string) {
  const lab = await testLab(name)
  const { directory, write } = await projectDirectory()
  await mkdir(join(directory, 'log'))
  await writeFile(join(directory, 'log/all'), '')
  await chmod(join(directory, 'log/all'), 0o666)
  let seen = ''
  return {
    lab,
    write,
    resources: [docker.compose(name, { directory })],
    /** What was written since it was asked last. */
    async news(): Promise<string[]> {
      const all = await readFile(join(directory, 'log/all'), 'utf8')
      const news = all.slice(seen.length).split('\n').filter(Boolean)
      seen = all
      return news
    },
  }
}

const hook = (script: string, more = '') => `{ command: ["sh", "-c", "${script}"]${more} }`
const say = (words: string) => `echo ${words} >> /log/all`

const web = (postStart: readonly string[], preStop: readonly string[], more = '') => `
  web:
    image: ${images.busybox}
    ${sleeps}
    stop_grace_period: 0s
    volumes: ["./log:/log"]
    post_start: [${postStart.join(', ')}]
    pre_stop: [${preStop.join(', ')}]
    ${more}`

const act = async (lab: TestLab, resources: readonly AnyResource[], action: string) =>
  await lab.engine.run(defineLab({ name: 'hooked', resources }), { address: 'hooked', action, write: () => {} })

test('hooks are run after each start and before each stop, in their order, as what they say', async () => {
  const { lab, write, resources, news } = await hooked('hooked')
  const greet = hook(
    `${say('$WHO-$(id -u)-$(pwd)')}`.replaceAll('$', '$$$$'),
    ', environment: { WHO: me }, user: "1000", working_dir: /tmp',
  )
  const text = (postStart: string, more = '') => `
services:${web([postStart, hook(say('second'))], [hook(say('stopping'))], more)}
  after:
    image: ${images.busybox}
    command: ["grep", "second", "/log/all"]
    volumes: ["./log:/log"]
    depends_on: [web]
`
  await write(text(greet))
  await lab.apply(resources)
  expect(await lab.plan(resources)).toBe('')
  expect(await news()).toEqual(['me-1000-/tmp', 'second'])
  expect((await client.containers.inspect('hooked-after-1'))!.State.ExitCode).toBe(0)

  await write(text(greet, 'environment: { A: "1" }'))
  await lab.apply(resources)
  expect(await news()).toEqual(['stopping', 'me-1000-/tmp', 'second'])

  await write(text(hook(say('other')), 'environment: { A: "1" }'))
  expect(await lab.plan(resources)).toMatchInlineSnapshot(`
    "update hooked; restart; because changed
      services.web: replace (restart, changed, post_start)
        post_start: differs (replace, changed)"
  `)
  await lab.apply(resources)
  expect(await lab.plan(resources)).toBe('')
  expect(await news()).toEqual(['stopping', 'other', 'second'])

  await act(lab, resources, 'stop')
  expect(await news()).toEqual(['stopping'])
  await lab.apply(resources)
  expect(await news()).toEqual(['other', 'second'])
  await act(lab, resources, 'restart')
  expect(await news()).toEqual(['stopping', 'other', 'second'])
  await lab.apply([], { mode: 'destroy' })
  expect(await news()).toEqual(['stopping'])
})

test('a hook that fails keeps what depends on it from starting, and the old container in its place', async () => {
  const { lab, write, resources, news } = await hooked('failing')
  const fails = hook('echo no such luck; exit 3')
  const text = (postStart: string, preStop: string, value: string) => `
services:${web([postStart], [preStop], `environment: { A: "${value}" }`)}
  after: { image: ${images.busybox}, ${sleeps}, stop_grace_period: 0s, depends_on: [web] }
`
  const failures = async () =>
    (await lab.attempt(resources)).result.diagnostics.map(({ code, summary, detail }) => [code, summary, detail])
  await write(text(fails, hook(say('stopping')), '1'))
  expect(await failures()).toEqual([
    ['hook_failed', 'web: post_start[0] of failing-web-1 ended with code 3', 'no such luck'],
    ['dependency_failed', 'after: left alone, because it needs web', undefined],
  ])
  expect(await client.containers.inspect('failing-web-1')).toBeUndefined()

  await write(text(hook(say('started')), hook(say('stopping')), '1'))
  await lab.apply(resources)
  expect(await news()).toEqual(['started'])
  const before = await client.containers.inspect('failing-web-1')
  await write(text(fails, hook(say('stopping')), '2'))
  expect((await failures())[0]).toEqual([
    'hook_failed',
    'web: The new container was no good: post_start[0] of failing-web-1 ended with code 3',
    'no such luck',
  ])
  const after = await client.containers.inspect('failing-web-1')
  expect([after!.Id, after!.State.Running]).toEqual([before!.Id, true])
  expect(await news()).toEqual(['stopping'])

  await write(text(hook(say('started')), fails, '2'))
  expect((await failures())[0]![1]).toContain('pre_stop[0] of failing-web-1 ended with code 3')
  expect((await client.containers.inspect('failing-web-1'))!.Id).toBe(before!.Id)
  await write(text(hook(say('started')), hook(say('stopping')), '2'))
  await lab.apply(resources)
  expect(await lab.plan(resources)).toBe('')
})
