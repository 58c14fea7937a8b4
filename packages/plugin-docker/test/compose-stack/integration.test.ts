import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { rig } from '../../../../e2e/rig/rig.ts'
import { connectDocker, type DockerClient } from '../../src/index.ts'
import { type TestLab, testLab } from '../lab/lab.ts'
import { buildApps, fileWith, idsOf, PASSWORD, query, secrets, stack, type Visitor, visit } from './stack.ts'

const { images } = rig()
vi.setConfig({ testTimeout: 600_000 })
let client: DockerClient
beforeAll(async () => {
  client = await connectDocker()
  await buildApps(client)
})
afterAll(() => client.close())

const NAMES = ['notes-app-1', 'notes-db-1', 'notes-migration-1', 'notes-proxy-1']

/** A lab whose data goes with the test. */
async function freshLab(): Promise<TestLab> {
  onTestFinished(async () => {
    await client.volumes.remove('notes_data')
  })
  return await testLab('stack', secrets)
}

/** The stack as it is to be: all of it, nothing else, and nothing left to do. */
async function expectWhole(lab: TestLab, resources: ReturnType<typeof stack>): Promise<void> {
  expect(await lab.plan(resources)).toBe('')
  expect(Object.keys(await idsOf(client))).toEqual(NAMES)
  const { State: state } = (await client.containers.inspect('notes-migration-1'))!
  expect(state).toMatchObject({ Status: 'exited', ExitCode: 0 })
  for (const name of NAMES.filter((one) => one !== 'notes-migration-1'))
    expect((await client.containers.inspect(name))!.State).toMatchObject({
      Running: true,
      Health: { Status: 'healthy' },
    })
}

/** Every row that the app was told is committed is there. */
async function expectKept({ told }: Visitor): Promise<void> {
  const ids = [...told]
  expect(ids.length).toBeGreaterThan(0)
  const rows = new Set(await query(client, 'SELECT id FROM notes'))
  expect(ids.filter((id) => !rows.has(id))).toEqual([])
}

/** The texts of the files of a state. */
async function textsIn(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  return await Promise.all(files.map(({ parentPath, name }) => readFile(join(parentPath, name), 'utf8')))
}

async function expectReplaced(before: Record<string, string>, names: readonly string[]): Promise<void> {
  const after = await idsOf(client)
  expect(Object.keys(after).filter((name) => after[name] !== before[name])).toEqual(names)
}

test('a stack with a database is brought up, changed where it has to be, and put right', async () => {
  const lab = await freshLab()
  expect(await lab.plan(stack())).toMatchInlineSnapshot(`
    "create notes; because new
      networks.default: create (live, changed)
      volumes.data: create (live, changed)
      services.db: create (live, changed)
      services.migration: create (live, changed)
      services.app: create (live, changed)
      services.proxy: create (live, changed)"
  `)
  await lab.apply(stack())
  await expectWhole(lab, stack())
  const visitor = visit()
  await visitor.sawNews()
  const first = await idsOf(client)

  await lab.apply(stack())
  expect(await idsOf(client)).toEqual(first)
  expect(await query(client, 'SELECT COUNT(*) FROM migrations')).toEqual(['1'])

  const author = stack({ author: 'grandma' })
  expect(await lab.plan(author)).toMatchInlineSnapshot(`
    "update notes; restart; because changed
      services.app: replace (restart, changed, environment: AUTHOR)
        environment.AUTHOR: differs (replace, changed)"
  `)
  await lab.apply(author)
  await expectWhole(lab, author)
  await expectReplaced(first, ['notes-app-1'])
  await visitor.sawNews()
  expect(await query(client, 'SELECT COUNT(*) > 0 FROM notes WHERE author = "grandma"')).toEqual(['1'])

  const dropping = stack({ author: 'grandma' }, [await fileWith('services: { app: { cap_drop: [NET_RAW] } }')])
  await lab.apply(dropping)
  await expectWhole(lab, dropping)
  const second = await idsOf(client)
  expect(await lab.plan(author)).toMatchInlineSnapshot(`
    "update notes; restart; because changed
      services.app: replace (restart, changed, cap_drop)
        cap_drop: ["NET_RAW"] -> (none) (replace, unset)"
  `)
  await lab.apply(author)
  await expectWhole(lab, author)
  await expectReplaced(second, ['notes-app-1'])
  expect(await query(client, 'SELECT COUNT(*) FROM migrations')).toEqual(['1'])

  const third = await idsOf(client)
  await client.containers.remove('notes-app-1', { force: true })
  await client.networks.disconnect('notes_default', 'notes-proxy-1')
  await client.containers.update('notes-db-1', { RestartPolicy: { Name: 'no' } } as never)
  expect(await lab.plan(author)).toMatchInlineSnapshot(`
    "update notes; live; because drifted
      services.db: update (live, drifted, restart)
        restart: "no" -> "unless-stopped" (live, drifted)
      services.app: create (live, drifted, it is gone)
      services.proxy: update (live, drifted, network notes_default)
        networks.notes_default: differs (live, drifted)"
  `)
  await lab.apply(author)
  await expectWhole(lab, author)
  await expectReplaced(third, ['notes-app-1'])
  await visitor.sawNews()

  expect(await query(client, 'SELECT COUNT(*) FROM migrations')).toEqual(['1'])
  await visitor.leave()
  await expectKept(visitor)
  const told = [...lab.events.map((event) => JSON.stringify(event)), ...(await textsIn(lab.directory))]
  expect(told.filter((text) => text.includes(PASSWORD))).toEqual([])
})

test('a broken image takes no service away', async () => {
  const lab = await freshLab()
  await lab.apply(stack())
  const before = await idsOf(client)
  const appStart = (await client.containers.inspect('notes-app-1'))!.State.StartedAt
  const visitor = visit()
  for (const [service, variables, words] of [
    ['app', { app: 'notes:exits' }, /app: .* keeps exiting with code 7[\s\S]*no notes today/],
    ['app', { app: 'notes:idles' }, /app: .* is unhealthy/],
    ['proxy', { proxy: images.webBroken }, /proxy: .* keeps exiting with code 1[\s\S]*broken on purpose/],
    ['proxy', { proxy: images.webSick }, /proxy: .* is unhealthy/],
    ['db', { db: images.busybox }, /db: .*"mariadbd": executable file not found/],
  ] as const) {
    await visitor.sawNews()
    const { result } = await lab.attempt(stack(variables))
    expect(result).toMatchObject({ failed: 1, done: 0 })
    const [problem, ...others] = result.diagnostics
    expect(others).toEqual([])
    expect(`${problem!.summary}\n${problem!.detail}`).toMatch(words)
    expect(problem!.advice).toMatch(/^The old container runs again\. What was tried is .*: put right what it says/)
    expect(await idsOf(client)).toEqual(before)
    await visitor.sawNews()
    expect(await lab.plan(stack(variables))).toContain(`services.${service}: replace (restart, changed, image)`)
  }
  // It can run beside a new one, so it was never stopped for one.
  expect((await client.containers.inspect('notes-app-1'))!.State.StartedAt).toBe(appStart)
  await expectKept(visitor)
  console.log(`away for ${Math.round(await visitor.leave())} ms at most`)
  await expect.poll(() => lab.plan(stack()), { timeout: 10_000 }).toBe('')
  await expectWhole(lab, stack())
})

test('what is broken from the start is said to be, and the rest is up', async () => {
  const lab = await freshLab()
  const { result } = await lab.attempt(stack({ proxy: images.webSick }))
  expect(result).toMatchObject({
    failed: 1,
    diagnostics: [
      {
        code: 'unhealthy',
        summary: expect.stringMatching(/notes-proxy-1: it is unhealthy$/),
        advice: 'See what it says: lares run notes logs --service proxy',
      },
    ],
  })
  expect(Object.keys(await idsOf(client))).toEqual(NAMES)
  await lab.apply(stack())
  await expectWhole(lab, stack())
})

const script = fileURLToPath(new URL('apply.ts', import.meta.url))
const boundaries = fileURLToPath(new URL('../../../../e2e/crash/boundaries.ts', import.meta.url))

/** True when the process was killed on its way. */
async function struck(lab: TestLab, variables: object, boundary: string): Promise<boolean> {
  const args = ['--conditions=lares-source', `--import=${boundaries}`, script, lab.directory, JSON.stringify(variables)]
  const { signal, exitCode, stderr } = await execa(process.execPath, args, {
    reject: false,
    timeout: 60_000,
    env: { CRASH_TRACE: join(lab.directory, 'boundaries'), CRASH_AT: boundary },
  })
  if (signal !== 'SIGKILL' && exitCode !== 0) throw new Error(`it failed by itself: ${stderr}`)
  return signal === 'SIGKILL'
}

test('killed while it replaces the database: the next apply ends it, and no row is lost', async () => {
  const lab = await freshLab()
  await lab.apply(stack())
  const visitor = visit()
  await visitor.sawNews()
  let connections = 50
  for (const boundary of [
    'POST /containers/{}/stop #1 sent',
    'POST /containers/{}/start #1 sent',
    'GET /containers/{}/json #13 after',
    'DELETE /containers/{} #1 before',
    'DELETE /containers/{} #1 sent',
    'POST /containers/{}/rename #1 before',
  ]) {
    const before = await idsOf(client)
    connections += 10
    expect({ boundary, struck: await struck(lab, { connections }, boundary) }).toEqual({ boundary, struck: true })
    await lab.apply(stack({ connections }))
    await expectWhole(lab, stack({ connections }))
    await expectReplaced(before, ['notes-db-1'])
    expect(await query(client, 'SELECT @@max_connections')).toEqual([String(connections)])
    await visitor.sawNews()
    await expectKept(visitor)
  }
  await visitor.leave()
})

test('data stays until somebody consents by its address', async () => {
  const lab = await freshLab()
  await lab.apply(stack())
  const visitor = visit()
  await visitor.sawNews()
  await visitor.leave()
  const { text } = await lab.apply([], { mode: 'destroy' })
  expect(text).toMatchInlineSnapshot(`"delete notes; because asked; keeps volumes/data"`)
  expect(await idsOf(client)).toEqual({})
  expect(await client.volumes.inspect('notes_data')).toBeDefined()
  await lab.apply(stack())
  await expectKept(visitor)

  const inMemory = stack({}, [
    await fileWith('volumes: { data: { driver_opts: { type: tmpfs, device: tmpfs, o: size=256m } } }'),
  ])
  const before = await idsOf(client)
  expect(await lab.plan(inMemory)).toMatchInlineSnapshot(`
    "update notes; restart; because changed; blocked: refused
      volumes.data: replace (restart, changed, driver_opts; what is in it is lost)
        driver_opts: differs (replace, changed)
      services.db: replace (restart, changed, volume replaced)
      services.migration: replace (restart, changed, db begins with an empty volume)"
  `)
  const { plan, result } = await lab.attempt(inMemory)
  expect(plan.diagnostics).toEqual([
    expect.objectContaining({
      code: 'data_loss',
      advice: expect.stringContaining('--allow-data-loss notes/volumes/data'),
    }),
  ])
  expect(result).toMatchObject({ done: 0, skipped: 1 })
  expect(await idsOf(client)).toEqual(before)
  await expectKept(visitor)
  await lab.apply(inMemory, { allowDataLoss: ['notes/volumes/data'] })
  await expectWhole(lab, inMemory)
  await expectReplaced(before, ['notes-db-1', 'notes-migration-1'])
  expect(await query(client, 'SELECT COUNT(*) FROM migrations')).toEqual(['1'])

  await lab.apply([], { mode: 'destroy', allowDataLoss: ['notes/volumes/data'] })
  expect(await client.volumes.inspect('notes_data')).toBeUndefined()
  expect(await client.networks.inspect('notes_default')).toBeUndefined()
})
