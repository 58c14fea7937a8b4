import http from 'node:http'
import { beforeAll, expect, test, vi } from 'vitest'
import { rig } from '../../../../e2e/rig/rig.ts'
import docker from '../../src/index.ts'
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
