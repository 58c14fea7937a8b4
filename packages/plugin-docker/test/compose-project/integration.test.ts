import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { defineLab, secret } from '@lares/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { rig } from '../../../../e2e/rig/rig.ts'
import docker, { connectDocker, type DockerClient } from '../../src/index.ts'
import { testLab } from '../lab/lab.ts'
import { projectDirectory, sleeps } from './project-files.ts'

const { images } = rig()
let client: DockerClient
beforeAll(async () => {
  client = await connectDocker()
})
afterAll(() => client.close())

test('a project is brought up, changed where it has to be, and taken away', async () => {
  const lab = await testLab('project')
  const { directory, write } = await projectDirectory()
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
      services.web: replace (restart, changed, cap_add)
        cap_add: [] -> ["NET_ADMIN"] (replace, changed)"
  `)
  await lab.apply(resources)
  expect(await lab.plan(resources)).toBe('')
  expect((await client.containers.inspect('cloud-db-1'))!.Id).toBe(before!.Id)
  await write(text())
  expect(await lab.plan(resources)).toMatchInlineSnapshot(`
    "update cloud; restart; because changed
      services.web: replace (restart, changed, cap_add)
        cap_add: ["NET_ADMIN"] -> (none) (replace, unset)"
  `)
  await lab.apply(resources)
  expect(await lab.plan(resources)).toBe('')

  await client.containers.remove('cloud-web-1', { force: true })
  await client.networks.disconnect('cloud_default', 'cloud-db-1')
  await client.containers.update('cloud-db-1', { RestartPolicy: { Name: 'always' } } as never)
  expect(await lab.plan(resources)).toMatchInlineSnapshot(`
    "update cloud; live; because drifted
      services.db: update (live, drifted, network cloud_default; restart)
        networks.cloud_default: differs (live, drifted)
        restart: "always" -> (none) (live, drifted)
      services.web: create (live, drifted, it is gone)"
  `)
  await lab.apply(resources)
  expect(await lab.plan(resources)).toBe('')
})

test('files, variables, secrets and builds: what changes is seen, and no value of it is told', async () => {
  const lab = await testLab('pieces', { PASSWORD: 'hunter2-hunter2' })
  const { directory, write } = await projectDirectory()
  await mkdir(join(directory, 'app'))
  const dockerfile = (text: string) => writeFile(join(directory, 'app/Dockerfile'), `FROM ${images.busybox}\n${text}\n`)
  await dockerfile('RUN echo one > /made')
  const text = (greeting: string) => `
services:
  app:
    build: ./app
    ${sleeps}
    environment:
      PASSWORD: \${PASSWORD}
      ADDRESS: \${ADDRESS}
    configs:
      - source: greeting
        target: /etc/greeting
        mode: 0440
    secrets: [password]
configs:
  greeting:
    content: "${greeting}"
secrets:
  password:
    environment: PASSWORD
`
  await write(text('hello'))
  const other = docker.container('other', { image: images.busybox, command: ['sleep', '1000'], stopGracePeriod: '0s' })
  const resources = () => [
    other,
    docker.compose('pieces', { directory, environment: { PASSWORD: secret.env('PASSWORD'), ADDRESS: other.ip } }),
  ]
  expect(await lab.plan(resources())).toMatchInlineSnapshot(`
    "create other; because new
    create pieces; because new; after other"
  `)
  await lab.apply(resources())
  expect(await lab.plan(resources())).toBe('')
  const inside = async (...command: [string, ...string[]]) =>
    (await client.containers.exec('pieces-app-1', command)).stdout.trim()
  expect(await inside('cat', '/run/secrets/password', '/etc/greeting', '/made')).toBe(
    'hunter2-hunter2hello'.concat('one'),
  )
  expect(await inside('stat', '-c', '%a', '/etc/greeting')).toBe('440')
  expect(await inside('sh', '-c', 'echo $ADDRESS')).toMatch(/^\d+\.\d+\.\d+\.\d+$/)

  await write(text('good day'))
  await dockerfile('RUN echo two > /made')
  const seen = await lab.plan(resources())
  expect(seen.replace(images.busybox, 'BUSYBOX')).toMatchInlineSnapshot(`
    "update pieces; restart; because changed; after other
      images.pieces-app: update (live, changed, what it is built from has changed)
      services.app: replace (restart, changed, new image; files)
        files: differs (replace, changed)"
  `)
  await lab.apply(resources())
  expect(await lab.plan(resources())).toBe('')
  expect(await inside('cat', '/etc/greeting', '/made')).toBe('good daytwo')
  expect(JSON.stringify([lab.events, seen])).not.toContain('hunter2')
})

test('what is scaled, orphaned, moved to another network or switched on with a profile', async () => {
  const lab = await testLab('shapes')
  const { directory, write } = await projectDirectory()
  const service = (more = '') => `
    image: ${images.busybox}
    ${sleeps}
    stop_grace_period: 1s
    ${more}`
  const text = (count: number, subnet: string, extra = '') => `
services:
  many:${service(`scale: ${count}`)}
  tool:${service('profiles: [tools]')}
  net:${service()}
  user:${service('network_mode: "service:net"')}${extra}
networks:
  default:
    ipam: { config: [{ subnet: ${subnet} }] }
`
  await write(text(3, '10.213.1.0/24', `\n  old:${service()}`))
  const resources = (profiles: string[] = []) => [docker.compose('shapes', { directory, profiles })]
  await lab.apply(resources())
  expect(await lab.plan(resources())).toBe('')
  const ids = async () =>
    Object.fromEntries(
      (await client.containers.list({ labels: { 'com.docker.compose.project': 'shapes' } })).map(({ name, id }) => [
        name,
        id,
      ]),
    )
  const before = await ids()
  expect(Object.keys(before).sort()).toEqual(
    ['many-1', 'many-2', 'many-3', 'net-1', 'old-1', 'user-1'].map((name) => `shapes-${name}`),
  )
  await write(text(2, '10.213.2.0/24'))
  expect(await lab.plan(resources(['tools']))).toMatchInlineSnapshot(`
    "update shapes; restart; because changed
      networks.default: replace (restart, changed, pools; its containers are moved over)
        pools: [{"subnet":"10.213.1.0/24"}] -> [{"subnet":"10.213.2.0/24"}] (replace, changed)
      services.tool: create (live, changed)
      services.many[3]: delete (restart, unset, scaled down)
      services.old: delete (restart, unset, not in the files)"
  `)
  await lab.apply(resources(['tools']))
  expect(await lab.plan(resources(['tools']))).toBe('')
  const after = await ids()
  expect(Object.keys(after).sort()).toEqual(
    ['many-1', 'many-2', 'net-1', 'tool-1', 'user-1'].map((name) => `shapes-${name}`),
  )
  expect(after['shapes-net-1']).toBe(before['shapes-net-1'])
  await write(text(2, '10.213.2.0/24').replace('net:', 'net:\n    working_dir: /tmp'))
  expect(await lab.plan(resources(['tools']))).toMatchInlineSnapshot(`
    "update shapes; restart; because changed
      services.net: replace (restart, changed, working_dir)
        working_dir: differs (replace, changed)
      services.user: replace (restart, changed, net replaced)"
  `)
  await lab.apply(resources(['tools']))
  expect(await lab.plan(resources(['tools']))).toBe('')
})

test('what it can do: start, stop, restart, logs, exec', async () => {
  const lab = await testLab('acts')
  const { directory, write } = await projectDirectory()
  await write(`
services:
  web: { image: ${images.busybox}, command: ["sh", "-c", "echo from web; exec sleep 1000"], stop_grace_period: 0s, depends_on: [db] }
  db: { image: ${images.busybox}, command: ["sh", "-c", "echo from db; exec sleep 1000"], stop_grace_period: 0s }
`)
  const resources = [docker.compose('acts', { directory })]
  await lab.apply(resources)
  const run = async (action: string, options: Record<string, unknown> = {}, words: string[] = []) => {
    const said: string[] = []
    const write_ = (chunk: Uint8Array | string) => void said.push(Buffer.from(chunk as Uint8Array).toString())
    const code = await lab.engine.run(defineLab({ name: 'acts', resources }), {
      address: 'acts',
      action,
      options,
      words,
      write: write_,
    })
    return { code, said: said.join('').split('\n').filter(Boolean).sort() }
  }
  expect(await run('logs')).toEqual({ code: 0, said: ['db-1  | from db', 'web-1 | from web'] })
  expect(await run('exec', { service: 'db' }, ['sh', '-c', 'hostname; exit 4'])).toMatchObject({ code: 4 })
  await expect(run('exec', {}, ['true'])).rejects.toThrow('In which service?')
  await expect(run('exec', { service: 'nope' }, ['true'])).rejects.toThrow('There is no service "nope"')
  const [outdated] = await lab.engine.outdated(defineLab({ name: 'acts', resources }))
  expect(outdated).toMatchObject({
    status: 'present',
    inUse: ['db', 'web'].map((part) => ({ part, kind: 'image', name: images.busybox })),
  })
  await run('stop')
  expect((await client.containers.inspect('acts-web-1'))!.State.Running).toBe(false)
  expect(await lab.plan(resources)).toContain('services.web: update (restart, drifted, it ended with code')
  await run('start', { service: 'db' })
  expect((await client.containers.inspect('acts-db-1'))!.State.Running).toBe(true)
  await run('restart')
  expect(await lab.plan(resources)).toBe('')
})

test('containers exchange their names, and stay', async () => {
  const lab = await testLab('exchange')
  const { directory, write } = await projectDirectory()
  const resources = [docker.compose('exchange', { directory })]
  const text = (names: Record<string, string>, more = '') => `
services:
${Object.entries(names)
  .map(
    ([service, name]) =>
      `  ${service}: { image: ${images.busybox}, ${sleeps}, stop_grace_period: 0s, container_name: ${name}${service === 'a' ? more : ''} }`,
  )
  .join('\n')}
`
  const ids = async (): Promise<Record<string, { id: string; name: string }>> =>
    Object.fromEntries(
      (await client.containers.list({ labels: { 'com.docker.compose.project': 'exchange' } })).map(
        ({ labels, id, name }) => [labels['com.docker.compose.service'], { id, name }],
      ),
    )
  await write(text({ a: 'ex-1', b: 'ex-2', c: 'ex-3' }))
  await lab.apply(resources)
  const before = await ids()
  await write(text({ a: 'ex-2', b: 'ex-3', c: 'ex-1' }))
  expect(await lab.plan(resources)).toContain('container_name: "ex-1" -> "ex-2" (live, changed)')
  await lab.apply(resources)
  expect(await lab.plan(resources)).toBe('')
  expect(await ids()).toEqual({
    a: { id: before['a']!.id, name: 'ex-2' },
    b: { id: before['b']!.id, name: 'ex-3' },
    c: { id: before['c']!.id, name: 'ex-1' },
  })

  // As a run leaves them that was killed while they were renamed.
  await client.containers.rename('ex-2', `ex-2.lares-${before['a']!.id.slice(0, 12)}`)
  await write(text({ a: 'ex-1', b: 'ex-2', c: 'ex-3' }, ', working_dir: /tmp'))
  await lab.apply(resources)
  expect(await lab.plan(resources)).toBe('')
  const after = await ids()
  expect(
    Object.values(after)
      .map(({ name }) => name)
      .sort(),
  ).toEqual(['ex-1', 'ex-2', 'ex-3'])
  expect(after).toMatchObject({ a: { name: 'ex-1' }, b: { id: before['b']!.id, name: 'ex-2' }, c: { name: 'ex-3' } })
})

test('what has done its work does it again when the data is another, and not for one more volume', async () => {
  const lab = await testLab('done')
  const { directory, write } = await projectDirectory()
  const resources = [docker.compose('done', { directory })]
  const text = (...volumes: string[]) => `
services:
  db: { image: ${images.busybox}, ${sleeps}, stop_grace_period: 0s, volumes: [${volumes.map((one) => `"${one}"`).join(', ')}] }
  init: { image: ${images.busybox}, command: ["true"], depends_on: [db] }
volumes: { ${volumes.map((one) => `${one.split(':')[0]}: {}`).join(', ')} }
`
  const reruns = async () => (await lab.plan(resources)).includes('services.init')
  await write(text('data:/data'))
  await lab.apply(resources)
  await write(text('data:/data', 'more:/more'))
  expect(await reruns()).toBe(false)
  await lab.apply(resources)
  await write(text('other:/data', 'more:/more'))
  expect(await reruns()).toBe(true)
  await lab.apply(resources)
  expect(await lab.plan(resources)).toBe('')
  await client.containers.remove('done-db-1', { force: true })
  expect(await reruns()).toBe(false)
  await client.volumes.remove('done_other')
  expect(await reruns()).toBe(true)
})
