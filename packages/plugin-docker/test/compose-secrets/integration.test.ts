import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { rig } from '../../../../e2e/rig/rig.ts'
import docker from '../../src/index.ts'
import { projectDirectory, sleeps } from '../compose-project/project-files.ts'
import { testLab } from '../lab/lab.ts'

const { images } = rig()

/** A secret in every attribute that may hold one. */
const text = (secret: string, more = '') => `
services:
  web:
    image: ${images.busybox}
    ${sleeps}
    stop_grace_period: 0s
    hostname: ${secret}
    domainname: ${secret}
    working_dir: /${secret}
    extra_hosts: ["${secret}:10.0.0.1"]
    dns_search: ["${secret}"]
    dns_opt: ["${secret}"]
    tmpfs: ["/tmp/${secret}"]
    volumes: ["./${secret}:/srv/${secret}", "data:/data/${secret}"]
    environment: { A: "${secret}" }
    labels: { a: "${secret}" }
    storage_opt: {}
    group_add: ["${secret.length}"]
    healthcheck: { interval: 1s, test: ["CMD", "true", "${secret}"] }
    logging: { options: { tag: "${secret}" } }
    networks: { default: { aliases: ["${secret}"] } }
    ${more}
networks: { default: { labels: { a: "${secret}" }, driver_opts: { a: "${secret}" } } }
volumes: { data: { labels: { a: "${secret}" } } }
`

test('what may be a secret is in no plan, no event and no state, wherever it stands and whoever changed it', async () => {
  const lab = await testLab('hidden')
  const { directory, write } = await projectDirectory()
  const resources = [docker.compose('hidden', { directory })]
  for (const name of ['hunter-one', 'hunter-two']) await mkdir(join(directory, name))
  const plans: string[] = []
  const apply = async (file: string, env: string) => {
    await write(env, '.env')
    await write(file)
    const { plan } = await lab.apply(resources)
    plans.push(JSON.stringify(plan))
    expect(await lab.plan(resources)).toBe('')
    return plan.nodes[0]!.changes
  }
  await apply(text('${SECRET}'), 'SECRET=hunter-one')
  const [, web] = await apply(text('${SECRET}'), 'SECRET=hunter-two')
  // Each of them is seen to be another one.
  expect(web!.nested!.map(({ path }) => path.split('.')[0]).sort()).toEqual(
    [
      ...['dns_opt', 'dns_search', 'domainname', 'environment', 'extra_hosts', 'healthcheck', 'hostname', 'labels'],
      ...['logging', 'networks', 'tmpfs', 'volumes', 'working_dir'],
    ].sort(),
  )
  await apply(text('other', 'restart: always'), '')
  const files = await readdir(lab.directory, { recursive: true, withFileTypes: true })
  const state = await Promise.all(
    files.filter((one) => one.isFile()).map((one) => readFile(join(one.parentPath, one.name), 'utf8')),
  )
  expect(JSON.stringify([plans, lab.events, state])).not.toContain('hunter')
  expect(plans[2]).toContain('"always"')
})
