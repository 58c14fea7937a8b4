import { symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { rig } from '../../../../e2e/rig/rig.ts'
import docker, { connectDocker } from '../../src/index.ts'
import { testLab } from '../lab/lab.ts'

const { docker: main, images } = rig()

test('an engine on another socket, and what is on it', async () => {
  const lab = await testLab('engine')
  const socketPath = join(lab.directory, 'docker.sock')
  await symlink(main.socketPath, socketPath)
  const engine = docker.engine('second', { socketPath })
  const box = docker.container('engine-box', { on: engine, image: images.busybox, labels: { version: engine.version } })
  await lab.apply([engine, box])
  expect(await lab.plan([engine, box])).toBe('')

  const client = await connectDocker({ socketPath })
  const info = await client.engine.info()
  expect((await client.containers.inspect('engine-box'))?.Config.Labels).toMatchObject({ version: info.ServerVersion })
  client.close()

  await lab.apply([], { mode: 'destroy' })
})

test('an engine that is not there is unreachable, and nothing on it is planned away', async () => {
  const lab = await testLab('engine')
  const engine = docker.engine('gone', { socketPath: join(lab.directory, 'nobody.sock') })
  const box = docker.container('engine-box', { on: engine, image: images.busybox })
  const { plan, result } = await lab.attempt([engine, box])
  expect(plan.diagnostics).toMatchObject([{ code: 'unreachable', address: 'gone' }])
  expect(plan.nodes.map(({ action }) => action)).toEqual(['none', 'none'])
  expect(result).toMatchObject({ done: 0, failed: 0 })
})
