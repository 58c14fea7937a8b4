import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Lab, labBeside } from '../lares.ts'
import { engineSettings } from '../rig/engine.ts'
import { rig } from '../rig/rig.ts'
import { until } from '../rig/wait.ts'

const minutes = 60_000
const bridge = 'late0'
let home: string
let lab: Lab

/** An engine that a command of the lab starts, and does not wait for, as a package that was just installed may not. */
beforeAll(async () => {
  home = await mkdtemp('/run/late-engine-')
  const [socketPath, settings] = [join(home, 'docker.sock'), join(home, 'engine.json')]
  const folders = { 'data-root': join(home, 'data'), 'exec-root': join(home, 'exec'), pidfile: join(home, 'pid') }
  // One without a bridge deletes that of the rig's own engine.
  await execa('ip', ['link', 'add', bridge, 'type', 'bridge'])
  await execa('ip', ['address', 'add', '10.99.7.1/24', 'dev', bridge])
  const own = { ...folders, bridge, iptables: false, hosts: [`unix://${socketPath}`] }
  await writeFile(settings, JSON.stringify({ ...engineSettings('/late-engine'), ...own }))
  const resources = {
    docker: {
      type: 'host.command',
      creates: folders.pidfile,
      create: `(sleep 2; exec setsid dockerd --config-file ${settings}) < /dev/null > ${join(home, 'log')} 2>&1 & sleep 3`,
    },
    engine: { type: 'docker.engine', socketPath, dependsOn: ['docker'] },
    web: { type: 'docker.container', on: 'engine', image: rig().images.busybox, networkMode: 'none' },
  }
  const plugins = ['@lares/plugin-host', '@lares/plugin-docker']
  lab = await labBeside('quickstart', { 'lares.yaml': JSON.stringify({ name: 'late', plugins, resources }) })
})
afterAll(async () => {
  const pid = Number(await readFile(join(home, 'pid'), 'utf8').catch(() => '0'))
  if (pid > 0) process.kill(pid)
  const gone = async () => !existsSync(join(home, 'pid'))
  await until('the end of the late engine', gone, { seconds: 20, signal: AbortSignal.timeout(30_000) })
  await execa('ip', ['link', 'delete', bridge])
  await rm(home, { recursive: true })
  await lab.remove()
})

test(
  'one apply starts an engine and puts a container on it',
  async () => {
    const planned = await lab.lares('plan', '--detailed-exitcode')
    expect(planned.exitCode, planned.text).toBe(2)
    expect(planned.text).toMatch(/engine .*decided after docker is ready/)
    expect(planned.text).toMatch(/web .*decided after engine is ready/)
    const applied = await lab.lares('apply', '--yes')
    expect(applied.exitCode, applied.text).toBe(0)
    const listed = ['--host', `unix://${join(home, 'docker.sock')}`, 'ps', '--format', '{{.Names}}']
    expect((await execa('docker', listed)).stdout).toBe('web')
    const again = await lab.lares('plan', '--detailed-exitcode')
    expect(again.exitCode, again.text).toBe(0)
    const destroyed = await lab.lares('destroy', '--yes')
    expect(destroyed.exitCode, destroyed.text).toBe(0)
  },
  3 * minutes,
)
