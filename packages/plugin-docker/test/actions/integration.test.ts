import { defineLab, type EnginePlanOptions } from '@lares/core'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { rig } from '../../../../e2e/rig/rig.ts'
import docker, { connectDocker, type DockerClient } from '../../src/index.ts'
import { testLab } from '../lab/lab.ts'

const { images } = rig()
let client: DockerClient
beforeAll(async () => {
  client = await connectDocker()
})
afterAll(() => client.close())

test('a container is stopped, started and restarted, says what it said, and runs commands', async () => {
  const lab = await testLab('actions')
  const command = ['sh', '-c', 'echo begun; echo trouble >&2; trap "exit 0" TERM; while :; do sleep 0.1; done']
  const resources = [docker.container('acted', { image: images.busybox, command, stopSignal: 'SIGTERM' })]
  await lab.apply(resources)
  const run = async (
    action: string,
    more: { options?: object; words?: string[]; input?: AsyncIterable<Uint8Array> } = {},
  ) => {
    const said = { stdout: '', stderr: '' }
    const code = await lab.engine.run(defineLab({ name: 'actions', resources }), {
      address: 'acted',
      action,
      ...(more as EnginePlanOptions),
      write: (chunk, to) => {
        said[to] += Buffer.from(chunk as Uint8Array).toString()
      },
    })
    return { code, ...said }
  }
  const state = async () => (await client.containers.inspect('acted'))!.State

  expect(await run('logs')).toEqual({ code: 0, stdout: 'begun\n', stderr: 'trouble\n' })
  expect(await run('exec', { words: ['sh', '-c', 'echo out; echo err >&2; exit 3'] })).toEqual({
    code: 3,
    stdout: 'out\n',
    stderr: 'err\n',
  })
  const bytes = async function* () {
    for (let i = 0; i < 50; i++) yield Buffer.alloc(100_000, 'x')
  }
  expect(await run('exec', { words: ['wc', '-c'], input: bytes() })).toMatchObject({ code: 0, stdout: '5000000\n' })
  // A command need not read all that it is given.
  expect(await run('exec', { words: ['head', '-c', '1'], input: bytes() })).toMatchObject({ code: 0, stdout: 'x' })
  let ended = false
  const endless = async function* () {
    try {
      for (;;) yield Buffer.alloc(100_000, 'x')
    } finally {
      ended = true
    }
  }
  expect(await run('exec', { words: ['head', '-c', '1'], input: endless() })).toMatchObject({ code: 0, stdout: 'x' })
  await vi.waitUntil(() => ended)
  const big = await run('exec', { words: ['sh', '-c', 'yes | head -c 30000000'] })
  expect([big.code, big.stdout.length]).toEqual([0, 30_000_000])

  const { StartedAt } = await state()
  await run('restart')
  expect(await state()).toMatchObject({ Running: true })
  expect((await state()).StartedAt).not.toBe(StartedAt)
  const last = await run('logs', { options: { tail: 1, timestamps: true } })
  expect(last.stdout + last.stderr).toMatch(/^\d{4}-\S+Z (begun|trouble)\n$/)
  await run('stop', { options: { grace: '5s' } })
  expect(await state()).toMatchObject({ Running: false, ExitCode: 0 })
  expect(await lab.plan(resources)).toContain('state: "exited" -> "running"')
  await run('start')
  expect(await state()).toMatchObject({ Running: true })
  expect(await lab.plan(resources)).toBe('')
})
