import { describe, expect, test } from 'vitest'
import { loadProject } from '../load/load-project.ts'
import type { EngineLimits } from './engine-limits.ts'
import { CONFIG_HASH_LABEL, IMAGE_LABEL, withImageLabel, withoutComposeLabels } from './labels.ts'
import { partsOf } from './parts-of.ts'

async function translate(content: string, engine?: EngineLimits, environment: Record<string, string> = {}) {
  const files = [{ name: '/project/compose.yaml', content: `name: p\n${content}` }]
  const loaded = await loadProject({ files, projectDirectory: '/project', environment, envFiles: [] })
  expect(loaded.diagnostics.filter(({ severity }) => severity === 'error')).toEqual([])
  return partsOf(loaded.project!, engine)
}

/** `severity code path:line` of each. */
async function told(content: string, engine?: EngineLimits): Promise<string[]> {
  const { diagnostics } = await translate(content, engine)
  return diagnostics.map(({ severity, code, path, source }) => `${severity} ${code} ${path}:${source?.line}`)
}

const hashesOf = async (content: string) =>
  (await translate(content)).parts.services.flatMap(({ containers }) =>
    containers.map(({ options }) => options.labels?.[CONFIG_HASH_LABEL]),
  )

test('services stand behind what they depend on, whatever makes them depend', async () => {
  const { parts } = await translate(`services:
  a: { image: i, links: [b] }
  b: { image: i, network_mode: "service:c", depends_on: { gone: { condition: service_started, required: false } } }
  c: { image: i, volumes_from: [d] }
  d: { image: i }
  gone: { image: i, profiles: [x] }
`)
  expect(parts.services.map(({ name, attachedTo, dependsOn }) => [name, attachedTo, Object.keys(dependsOn)])).toEqual([
    ['d', [], []],
    ['c', ['d'], ['d']],
    ['b', ['c'], ['c']],
    ['a', [], ['b']],
  ])
})

test('a container of each number, with its own name and labels', async () => {
  const { parts } = await translate('services: { web: { image: nginx, scale: 2, labels: [mine=1] } }')
  const [web] = parts.services
  expect(web?.containers.map(({ number, name }) => [number, name])).toEqual([
    [1, 'p-web-1'],
    [2, 'p-web-2'],
  ])
  const [, second] = web!.containers
  expect(second?.options.labels).toMatchObject({
    mine: '1',
    'com.docker.compose.project': 'p',
    'com.docker.compose.service': 'web',
    'com.docker.compose.container-number': '2',
    'com.docker.compose.oneoff': 'False',
    'com.docker.compose.depends_on': '',
    'com.docker.compose.project.working_dir': '/project',
    'com.docker.compose.project.config_files': '/project/compose.yaml',
  })
  expect(second?.options.networks).toEqual({ p_default: { aliases: ['p-web-2', 'web'] } })
  expect(withImageLabel(second!.options, 'sha256:1').labels?.[IMAGE_LABEL]).toBe('sha256:1')
  expect(withoutComposeLabels(second?.options.labels)).toEqual({ mine: '1' })
})

describe('the hash of a container', () => {
  const web = (attributes: string) => `services: { web: { image: i, ${attributes} } }\nnetworks: { one: , two: }`

  test('is of what the engine is told, in whatever order it was written', async () => {
    const one = await hashesOf(web('environment: { A: 1, B: 2 }, labels: [x=1, y=2]'))
    expect(await hashesOf(web('labels: { y: 2, x: 1 }, environment: [B=2, A=1]'))).toEqual(one)
    expect(await hashesOf(web('environment: { A: 1, B: 3 }, labels: [x=1, y=2]'))).not.toEqual(one)
  })

  test('knows which network is the first, and nothing of what files hold', async () => {
    const networks = (first: string) =>
      web(`networks: { one: , two: , ${first}: { priority: 5 } }`.replace(`${first}: , `, ''))
    expect(await hashesOf(networks('one'))).not.toEqual(await hashesOf(networks('two')))
    const file = (content: string) => `${web('configs: [c]')}\nconfigs: { c: { content: ${content} } }`
    expect(await hashesOf(file('a'))).toEqual(await hashesOf(file('b')))
  })

  test('is not of where the files lie', async () => {
    const load = async (projectDirectory: string) => {
      const files = [{ name: `${projectDirectory}/compose.yaml`, content: web('') }]
      const { project } = await loadProject({ files, projectDirectory, environment: {}, envFiles: [], name: 'p' })
      return partsOf(project!).parts.services[0]?.containers[0]?.options.labels?.[CONFIG_HASH_LABEL]
    }
    expect(await load('/one')).toBe(await load('/two'))
  })
})

test('what is built', async () => {
  const { parts, diagnostics } = await translate(
    'services: { web: { build: { context: ./app, args: { A: 1 }, target: t, tags: [x:1] } }, own: { image: me/own, build: . } }',
  )
  expect(diagnostics).toEqual([])
  expect(parts.services.find(({ name }) => name === 'web')?.image).toMatchObject({
    reference: 'p-web',
    pull: 'build',
    build: {
      directory: '/project/app',
      dockerfile: 'Dockerfile',
      args: { A: '1' },
      target: 't',
      tags: ['p-web', 'x:1'],
    },
  })
  expect(parts.services.find(({ name }) => name === 'own')?.image).toMatchObject({ reference: 'me/own', pull: 'build' })
})

test.each([
  ['always', 'always'],
  ['if_not_present', 'missing'],
  ['never', 'never'],
  ['build', 'missing'],
])('pull_policy %s without a build', async (policy, pull) => {
  const { parts } = await translate(`services: { web: { image: i, pull_policy: ${policy} } }`)
  expect(parts.services[0]?.image).toEqual({ reference: 'i', pull })
})

describe('what cannot be honoured is told with its line', () => {
  test.each([
    ['deploy: { placement: { constraints: [a] } }', 'deploy.placement'],
    ['deploy: { update_config: { parallelism: 1 } }', 'deploy.update_config'],
    ['deploy: { endpoint_mode: vip }', 'deploy.endpoint_mode'],
    ['deploy: { mode: global }', 'deploy.mode'],
    ['develop: { watch: [{ path: ., action: rebuild }] }', 'develop'],
    ['credential_spec: { file: x }', 'credential_spec'],
    ['isolation: hyperv', 'isolation'],
    ['cpu_percent: 5', 'cpu_percent'],
    ['network_mode: host, mac_address: "02:00:00:00:00:01"', 'mac_address'],
  ])('%s', async (attribute, path) => {
    expect(await told(`services:\n  web:\n    { image: i, ${attribute} }\n`)).toEqual([
      `warning compose_not_honoured services.web.${path}:4`,
    ])
  })

  test('once, however many containers there are', async () => {
    expect(await told('services: { web: { image: i, scale: 3, cpu_count: 2 } }')).toHaveLength(1)
    expect(await told('services: { web: { image: i, scale: 0, cpu_count: 2 } }')).toHaveLength(1)
  })

  test('and what one engine does of deploy is no warning', async () => {
    const limits = 'resources: { limits: { cpus: "0.5", memory: 64m, pids: 9 }, reservations: { memory: 32m } }'
    const deploy = `{ mode: replicated, replicas: 2, ${limits}, restart_policy: { condition: on-failure, max_attempts: 2 } }`
    expect(await told(`services: { web: { image: i, deploy: ${deploy} } }`)).toEqual([])
  })
})

describe('what an engine is too old for', () => {
  const content = `services:
  web:
    image: i
    annotations: { a: b }
    healthcheck: { test: x, start_interval: 1s }
    networks: { default: { gw_priority: 1 } }
    volumes:
      - { type: volume, source: v, target: /v, volume: { subpath: x } }
      - { type: bind, source: /b, target: /b, bind: { recursive: readonly } }
networks: { default: { enable_ipv4: false } }
volumes: { v: }
`
  test('is left out where that is all that happens, and refused where it is not', async () => {
    expect(await told(content, { apiVersion: '1.41' })).toEqual([
      'warning compose_not_honoured services.web.annotations:5',
      'warning compose_not_honoured services.web.healthcheck.start_interval:6',
      'warning compose_not_honoured services.web.networks.default.gw_priority:7',
      'error compose_unsupported services.web.volumes[0].volume.subpath:9',
      'error compose_unsupported services.web.volumes[1].bind.recursive:10',
      'warning compose_not_honoured networks.default.enable_ipv4:11',
    ])
  })

  test.each([undefined, { apiVersion: '1.48' }])('is among the parts otherwise', async (engine) => {
    const { parts, diagnostics } = await translate(content, engine)
    expect(diagnostics).toEqual([])
    expect(parts.networks[0]?.spec.ipv4).toBe(false)
    expect(parts.services[0]?.containers[0]?.options).toMatchObject({
      annotations: { a: 'b' },
      healthcheck: { startInterval: '1s' },
      networks: { p_default: { gatewayPriority: 1 } },
      mounts: [{ subpath: 'x' }, { recursiveReadOnly: 'always' }],
    })
  })
})

describe('what makes the parts useless', () => {
  test.each([
    [
      'a: { image: i, container_name: xx }, b: { image: i, container_name: xx }',
      'compose_name_taken services.b.container_name',
    ],
    ['a: { image: i }, b: { image: i, container_name: p-a-1 }', 'compose_name_taken services.b.container_name'],
    ['a: { image: i, volumes_from: [b] }, b: { image: i, scale: 0 }', 'compose_no_container services.a.volumes_from'],
    [
      'a: { image: i, volumes: [{ type: npipe, source: x, target: /x }] }',
      'compose_unsupported services.a.volumes[0].type',
    ],
    [
      'a: { image: i, volumes: [{ type: cluster, source: x, target: /x }] }',
      'compose_unsupported services.a.volumes[0].type',
    ],
    ['a: { image: i, restart: sometimes }', 'compose_invalid_option services.a.restart'],
    ['a: { image: "Not An Image" }', 'compose_invalid_option services.a.image'],
    ['a: { build: { additional_contexts: { b: ./b } } }', 'compose_unsupported services.a.build.additional_contexts'],
  ])('%s', async (services, expected) => {
    expect(await told(`services: { ${services} }`)).toEqual([`error ${expected}:2`])
  })

  test('addresses of a network without a subnet', async () => {
    const networks = 'networks: { default: { ipam: { config: [{ gateway: 10.0.0.1 }] } } }'
    expect(await told(`services: { a: { image: i } }\n${networks}`)).toEqual([
      'error compose_invalid_option networks.default.ipam.config[0]:3',
    ])
  })
})

test('labels that are kept for Lares are refused where they stand', async () => {
  const content = `services:
  web:
    image: i
    labels: { dev.lares.lab: mine, other: "1" }
    volumes: ["data:/data"]
volumes: { data: { labels: { dev.lares.files: x } } }
`
  expect(await told(content)).toEqual([
    'error compose_unsupported services.web.labels["dev.lares.lab"]:5',
    'error compose_unsupported volumes.data.labels["dev.lares.files"]:7',
  ])
})

test('names that no engine takes are refused where they stand', async () => {
  const lines = [
    'services:',
    '  web: { image: i, volumes: ["data:/data", "more:/more", "ext:/ext"], container_name: "" }',
    '  db: { image: i, container_name: "a b" }',
    '  app: { image: i, container_name: x }',
    'volumes:',
    '  data: { name: a/b }',
    '  more: { name: a/b, driver: other }',
    '  ext: { name: a/b, external: true }',
  ]
  expect((await told(lines.join('\n'))).sort()).toEqual([
    'error compose_invalid_option services.app.container_name:5',
    'error compose_invalid_option services.db.container_name:4',
    'error compose_invalid_option volumes.data.name:7',
  ])
})

test('what is run in a container after its start and before its stop', async () => {
  const lines = [
    'services:',
    '  web:',
    '    image: i',
    '    post_start:',
    '      - { command: chown -R 1000 /data, user: root, privileged: true, working_dir: /, environment: [A=1, B] }',
    '      - { command: [] }',
    '    pre_stop: [{ command: ["a b"] }]',
  ]
  const { parts, diagnostics } = await translate(lines.join('\n'))
  expect(parts.services[0]!.hooks).toEqual({
    postStart: [
      {
        command: ['chown', '-R', '1000', '/data'],
        ...{ user: 'root', privileged: true, workingDir: '/', env: { A: '1' } },
      },
    ],
    preStop: [{ command: ['a b'] }],
  })
  expect(diagnostics).toMatchObject([{ code: 'compose_invalid_option', path: 'services.web.post_start[1]' }])
})
