import { expect, test } from 'vitest'
import { liveUpdate } from './live-update.ts'

test('nothing differs', () => {
  expect(
    liveUpdate({ resources: { cpus: 1 }, restart: 'always' }, { resources: { cpus: 1 }, restart: 'always' }),
  ).toEqual({})
})

test('limits and restart policy change while it runs', () => {
  const wanted = { resources: { cpus: 2, pidsLimit: 100 }, restart: 'on-failure:3' }
  expect(liveUpdate({ resources: { cpus: 1 } }, wanted)).toEqual({
    NanoCpus: 2_000_000_000,
    PidsLimit: 100,
    RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 3 },
  })
})

test('memory takes along the swap limit that the engine filled in', () => {
  expect(liveUpdate({ resources: { memory: '64MiB' } }, { resources: { memory: '128MiB' } })).toEqual({
    Memory: 134_217_728,
    MemorySwap: 268_435_456,
  })
})

test('a limit of processes and a restart policy can be taken away', () => {
  expect(liveUpdate({ resources: { pidsLimit: 5 }, restart: 'always' }, {})).toEqual({
    PidsLimit: -1,
    RestartPolicy: { Name: 'no' },
  })
})

test.each([
  [{ memory: '64MiB' }, {}],
  [{ cpus: 1 }, {}],
  [{ oomScoreAdj: 1 }, { oomScoreAdj: 2 }],
  [{}, { readBps: { '/dev/sda': '1MiB' } }],
])('%j to %j needs a new container', (before, after) => {
  expect(liveUpdate({ resources: before }, { resources: after })).toBeUndefined()
})
