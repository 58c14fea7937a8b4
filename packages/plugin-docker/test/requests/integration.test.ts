import http from 'node:http'
import { defineLab } from '@lares/core'
import { beforeAll, expect, test, vi } from 'vitest'
import { rig } from '../../../../e2e/rig/rig.ts'
import docker, { connectDocker } from '../../src/index.ts'
import { testLab } from '../lab/lab.ts'

const { images } = rig()
const asked: string[] = []
beforeAll(() => {
  const send = http.request
  vi.spyOn(http, 'request').mockImplementation(((...args: Parameters<typeof send>) => {
    const request = send(...args)
    const path = request.path.replace(/^\/v[\d.]+/, '').replace(/\?.*/, '')
    asked.push(
      `${request.method} ${path.replace(/[0-9a-f]{64}/, 'ID').replace(/\/(?:images)\/.*\/json/, '/images/NAME/json')}`,
    )
    return request
  }) as typeof send)
})

const counted = async (run: () => Promise<unknown>) => {
  asked.length = 0
  await run()
  const counts: Record<string, number> = {}
  for (const request of asked) counts[request] = (counts[request] ?? 0) + 1
  return counts
}

const project = (count: number, value = '1') =>
  JSON.stringify({
    services: Object.fromEntries(
      Array.from({ length: count }, (_, index) => [
        `s${index}`,
        {
          ...{ image: images.busybox, command: ['sleep', '1000'], stop_grace_period: '0s', volumes: ['data:/data'] },
          ...(index === 0 ? { environment: { VALUE: value } } : {}),
        },
      ]),
    ),
    volumes: { data: {} },
  })

test('a project is looked at with one list of each kind, and once at each container', async () => {
  const lab = await testLab('project-requests')
  const resources = [docker.compose('fifty', { content: project(50) })]
  await lab.apply(resources)
  const counts = await counted(() => lab.plan(resources))
  // Fewer could not tell: neither of the lists shows whether a container is as it should be.
  const fewest = { 'GET /containers/json': 1, 'GET /networks': 1, 'GET /volumes': 1, 'GET /containers/ID/json': 50 }
  expect(counts).toEqual({ ...fewest, 'GET /version': 1, 'GET /info': 1, 'GET /images/NAME/json': 2 })
  const sum = (all: Record<string, number>) => Object.values(all).reduce((total, count) => total + count, 0)
  expect(sum(counts) / sum(fewest)).toBeLessThan(1.2)

  const changed = [docker.compose('fifty', { content: project(50, '2') })]
  const change = await counted(() => lab.apply(changed))
  // The plan looks at all of them, and what follows only at the one that is another.
  expect(change['GET /containers/ID/json']).toBeLessThan(50 + 15)
  expect(change['GET /networks']).toBe(3)

  // What somebody does between plan and apply is seen all the same.
  const planned = await lab.engine.plan(defineLab({ name: 'project-requests', resources }))
  const client = await connectDocker()
  try {
    await client.containers.stop('fifty-s7-1')
    const { diagnostics } = await planned.apply()
    expect(diagnostics).toMatchObject([{ code: 'plan_stale', detail: 'services.s7: update' }])
  } finally {
    await planned.close()
    await client.close()
  }
}, 240_000)

test('no request is sent twice for what is known', async () => {
  const lab = await testLab('requests')
  const resources = Array.from({ length: 30 }, (_, index) =>
    docker.container(`many-${index}`, { image: images.busybox, env: { A: '1' } }),
  )
  const ready = 'GET /containers/ID/json'
  const created = await counted(() => lab.apply(resources))
  expect(created['POST /containers/create']).toBe(30)
  expect(created['POST /containers/ID/start']).toBe(30)
  expect(created['GET /images/NAME/json']).toBe(2)
  expect(created[ready]).toBeLessThanOrEqual(30 * 4)
  expect(await counted(() => lab.plan(resources))).toEqual({
    'GET /version': 1,
    'GET /info': 1,
    'GET /containers/json': 1,
    'GET /containers/ID/json': 30,
    'GET /images/NAME/json': 2,
  })
}, 120_000)
