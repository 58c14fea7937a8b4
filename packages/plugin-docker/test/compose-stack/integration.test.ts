import { afterAll, beforeAll, expect, test } from 'vitest'
import { rig } from '../../../../e2e/rig/rig.ts'
import { connectDocker, type DockerClient } from '../../src/index.ts'
import { type TestLab, testLab } from '../lab/lab.ts'
import { buildApps, idsOf, PASSWORD, query, secrets, stack, visit } from './stack.ts'

const { images } = rig()
let client: DockerClient
beforeAll(async () => {
  client = await connectDocker()
  await buildApps(client)
})
afterAll(() => client.close())

const NAMES = ['notes-app-1', 'notes-db-1', 'notes-migration-1', 'notes-proxy-1']

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
async function expectKept(told: ReadonlySet<string>): Promise<void> {
  expect(told.size).toBeGreaterThan(0)
  const rows = new Set(await query(client, 'SELECT id FROM notes'))
  expect([...told].filter((id) => !rows.has(id))).toEqual([])
}

test('a stack with a database is brought up, changed where it has to be, and put right', async () => {
  const lab = await testLab('stack', secrets)
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
  const second = await idsOf(client)
  expect(second).toEqual({ ...first, 'notes-app-1': expect.not.stringContaining(first['notes-app-1']!) })
  await visitor.sawNews()
  expect(await query(client, 'SELECT COUNT(*) > 0 FROM notes WHERE author = "grandma"')).toEqual(['1'])

  expect(await visitor.leave()).toBeLessThan(3000)
  await expectKept(visitor.told)
  expect(JSON.stringify(lab.events)).not.toContain(JSON.stringify(PASSWORD).slice(1, -1))
})
