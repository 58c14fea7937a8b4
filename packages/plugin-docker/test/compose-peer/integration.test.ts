import { execa } from 'execa'
import { expect, onTestFinished, test } from 'vitest'
import { composeCommand } from '../../../../e2e/rig/compose.ts'
import { rig } from '../../../../e2e/rig/rig.ts'
import docker from '../../src/index.ts'
import { projectDirectory, sleeps } from '../compose-project/project-files.ts'
import { testLab } from '../lab/lab.ts'

const { images } = rig()

const text = `
services:
  web:
    image: ${images.web}
    ports: ["127.0.0.1:18090:80"]
    environment: { A: "1", B: }
    depends_on: { db: { condition: service_healthy }, once: { condition: service_completed_successfully } }
    volumes: ["./site:/usr/share/nginx/html/site:ro"]
    labels: { tier: front }
    restart: unless-stopped
  db:
    image: ${images.busybox}
    ${sleeps}
    healthcheck: { test: ["CMD", "true"], interval: 1s, retries: 3 }
    volumes: ["data:/data", "/scratch"]
    networks: { default: { aliases: [database] }, back: {} }
    deploy: { resources: { limits: { memory: 64M, cpus: "0.5" } } }
  once:
    image: ${images.busybox}
    command: ["sh", "-c", "echo migrated"]
volumes:
  data:
networks:
  back: { internal: true }
`

function peer(directory: string) {
  const run = (...args: string[]) =>
    execa(composeCommand, ['--project-name', 'peer', ...args], { cwd: directory, timeout: 60_000 })
  onTestFinished(async () => void (await run('down', '--volumes', '--timeout', '1')))
  return run
}

test('what Compose brought up is taken over as it is', async () => {
  const { directory, write } = await projectDirectory()
  await write(text)
  const compose = peer(directory)
  await compose('up', '--detach')
  const lab = await testLab('taken')
  const resources = [docker.compose('peer', { directory })]
  expect((await lab.attempt(resources)).plan.diagnostics).toMatchObject([{ code: 'already_exists', address: 'peer' }])
  const { text: planned } = await lab.apply(resources, { adopt: ['peer'] })
  expect(planned).toBe('adopt peer; because asked')
  expect(await lab.plan(resources)).toBe('')
  const seen = await compose('ps', '--all', '--format', '{{.Name}} {{.State}}')
  expect(seen.stdout.split('\n').sort()).toEqual(['peer-db-1 running', 'peer-once-1 exited', 'peer-web-1 running'])
  await write(text.replace('A: "1"', 'A: "2"'))
  expect(await lab.plan(resources)).toMatchInlineSnapshot(`
    "update peer; restart; because changed
      services.web: replace (restart, changed, environment: A)
        environment.A: differs (replace, changed)"
  `)
  await lab.apply(resources)
  expect(await lab.plan(resources)).toBe('')
})

test('Compose sees, and takes down, what Lares brought up', async () => {
  const { directory, write } = await projectDirectory()
  await write(text)
  const compose = peer(directory)
  const lab = await testLab('shown')
  const resources = [docker.compose('peer', { directory })]
  await lab.apply(resources)
  expect(await lab.plan(resources)).toBe('')
  const seen = await compose('ps', '--all', '--format', '{{.Service}} {{.State}} {{.Health}}')
  expect(
    seen.stdout
      .split('\n')
      .map((line) => line.trim())
      .sort(),
  ).toEqual(['db running healthy', 'once exited', 'web running healthy'])
  expect((await compose('ls', '--all', '--format', 'json')).stdout).toContain('"Name":"peer"')
  expect((await compose('logs', 'once', '--no-log-prefix', '--no-color')).stdout).toMatch(/migrated$/)
  await compose('down', '--timeout', '1')
  expect((await compose('ps', '--all', '--quiet')).stdout).toBe('')
  expect(await lab.plan(resources)).toMatchInlineSnapshot(`
    "create peer; because missing
      networks.back: create (live, changed)
      networks.default: create (live, changed)
      services.db: create (live, changed)
      services.once: create (live, changed)
      services.web: create (live, changed)"
  `)
  await lab.apply(resources)
  expect(await lab.plan(resources)).toBe('')
})
