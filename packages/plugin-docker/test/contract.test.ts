import { secret } from '@lares/core'
import { resourceContract } from '@lares/core/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { rig } from '../../../e2e/rig/rig.ts'
import docker, { connectDocker, type DockerClient } from '../src/index.ts'

const api = { describe, it, expect }
const { images, registry } = rig()
const name = 'lares-contract'
let client: DockerClient

beforeAll(async () => {
  client = await connectDocker()
})
afterAll(() => client.close())

/** Containers and volumes as they are, without what time alone changes, and in one order: an engine has none for volumes. */
async function containersAndVolumes(): Promise<unknown> {
  const listed = await client.containers.list()
  const inspected = await Promise.all(listed.map(({ id }) => client.containers.inspect(id)))
  return {
    containers: inspected.map((each) => each && [each.Name, each.Config, each.HostConfig, each.State.Status]),
    volumes: (await client.volumes.list()).map(({ Name }) => Name).sort(),
  }
}

resourceContract(api, {
  type: 'docker.container',
  factory: docker.container,
  base: { name, image: images.busybox },
  options: {
    limits: { resources: { memory: '64m', cpus: 0.5, pidsLimit: 100 }, restart: 'unless-stopped' },
    process: {
      command: ['sleep', '600'],
      env: { A: '1', EMPTY: '' },
      labels: { role: 'web' },
      user: '1000:1000',
      workingDir: '/tmp',
      hostname: 'box',
      init: true,
      stopGracePeriod: '1s',
    },
    network: {
      ports: ['18070:80', '127.0.0.1::81'],
      expose: [9000],
      extraHosts: { 'db.lan': '10.0.0.5' },
      dns: ['10.0.0.2'],
    },
    files: { mounts: ['lares-contract-data:/data', '/tmp:/host:ro'], tmpfs: ['/run:size=1m'], readOnly: true },
    rights: {
      capDrop: ['ALL'],
      capAdd: ['chown'],
      securityOptions: ['no-new-privileges:true'],
      ulimits: { nofile: 1024 },
    },
    healthcheck: { healthcheck: { test: 'true', interval: '200ms' } },
    checks: {
      checks: [
        { command: ['true'], for: '300ms', every: '100ms' },
        { http: { url: `http://${registry.address}/v2/`, headers: { 'X-Token': secret.env('TOKEN') } } },
      ],
    },
    secrets: { env: { TOKEN: secret.env('TOKEN') }, entrypoint: ['sh', '-c', 'sleep 600', secret.env('KEY')] },
  },
  combined: {
    command: ['sleep', '600'],
    env: { A: '1', TOKEN: secret.env('TOKEN') },
    labels: { role: 'web' },
    ports: ['18070:80'],
    mounts: ['lares-contract-data:/data'],
    healthcheck: { test: 'true', interval: '200ms' },
    resources: { memory: '64m' },
    restart: 'always',
    sysctls: { 'net.core.somaxconn': '1024' },
    logging: { driver: 'local' },
    checks: [{ command: ['true'] }],
  },
  replacement: { env: { VERSION: '2' } },
  secrets: { TOKEN: 'token-0123456789', KEY: 'pass word/+0123456789' },
  outside: {
    snapshot: async () => {
      await client.volumes.remove('lares-contract-data').catch(() => false)
      return await containersAndVolumes()
    },
    plant: async () => {
      await client.containers.create(name, { image: images.busybox })
      await client.containers.start(name)
    },
    remove: async () => void (await client.containers.remove(name, { force: true })),
  },
  killAfter: [0, 5, 40, 150],
})

resourceContract(api, {
  type: 'docker.network',
  factory: docker.network,
  base: { name },
  // The engine picks them where nobody says.
  volatile: ['subnet', 'gateway', 'pools'],
  options: {
    'the default, said': { driver: 'bridge' },
    addresses: {
      subnet: '172.27.1.0/24',
      gateway: '172.27.1.9',
      ipRange: '172.27.1.128/25',
      reserved: { nas: '172.27.1.5' },
    },
    'several pools': { pools: [{ subnet: '172.27.2.0/24' }, { subnet: 'fd00:27::/64' }], ipv6: true },
    kind: { internal: true, attachable: true, labels: { role: 'back' } },
    driver: { driver: 'bridge', options: { 'com.docker.network.bridge.enable_icc': 'false' } },
  },
  combined: { subnet: '172.27.1.0/24', internal: true, labels: { role: 'back' } },
  replacement: { subnet: '172.27.3.0/24' },
  outside: {
    snapshot: async () =>
      (await client.networks.list()).map(({ Name, IPAM, Labels, Options }) => [Name, IPAM, Labels, Options]).sort(),
    plant: async () => void (await client.networks.create(name)),
    remove: async () => void (await client.networks.remove(name)),
  },
  killAfter: [0, 5, 40],
})

resourceContract(api, {
  type: 'docker.volume',
  factory: docker.volume,
  base: { name },
  options: {},
  replacement: { labels: { role: 'data' } },
  outside: {
    snapshot: async () =>
      (await client.volumes.list()).map(({ Name, Labels, Options }) => [Name, Labels, Options]).sort(),
    plant: async () => void (await client.volumes.create(name)),
    remove: async () => void (await client.volumes.remove(name)),
  },
  killAfter: [0, 5],
})

const project = `
services:
  web:
    image: ${images.busybox}
    command: [sleep, "600"]
    stop_grace_period: 0s
    environment: { A: "\${A:-1}", TOKEN: "\${TOKEN:-}" }
    depends_on: { db: { condition: service_healthy } }
  db:
    image: ${images.busybox}
    command: [sleep, "600"]
    stop_grace_period: 0s
    scale: 2
    healthcheck: { test: "true", interval: 500ms }
    configs: [greeting]
    networks: [default, back]
  tool:
    image: ${images.busybox}
    command: [sleep, "600"]
    stop_grace_period: 0s
    profiles: [tools]
configs: { greeting: { content: hello } }
networks: { back: { internal: true } }
`

resourceContract(api, {
  type: 'docker.compose',
  factory: docker.compose,
  base: { project: name, content: project },
  options: {
    variables: { environment: { A: 'two' } },
    profiles: { profiles: ['tools'] },
    secrets: { environment: { TOKEN: secret.env('TOKEN') } },
    checks: {
      checks: [
        { service: 'web', command: ['true'] },
        { http: { url: `http://${registry.address}/v2/`, headers: { 'X-Token': secret.env('TOKEN') } } },
      ],
    },
  },
  secrets: { TOKEN: 'token-0123456789' },
  outside: {
    snapshot: async () => [
      await containersAndVolumes(),
      (await client.networks.list()).map(({ Name, Labels }) => [Name, Labels]).sort(),
    ],
    plant: async () => {
      const labels = {
        'com.docker.compose.project': name,
        'com.docker.compose.service': 'web',
        'com.docker.compose.container-number': '1',
      }
      await client.containers.create(`${name}-web-1`, { image: images.busybox, command: ['sleep', '600'], labels })
      await client.containers.start(`${name}-web-1`)
    },
    remove: async () => {
      const listed = await client.containers.list({ labels: { 'com.docker.compose.project': name } })
      for (const { id } of listed) await client.containers.remove(id, { force: true })
      const networks = await client.networks.list({ labels: { 'com.docker.compose.project': name } })
      for (const { Id } of networks) await client.networks.remove(Id)
    },
  },
  killAfter: [0, 40, 200, 600],
})

const pulled = `${registry.address}/contract:1`
describe('an image', () => {
  beforeAll(async () => {
    for (const [source, tag] of [
      [images.busybox, '1'],
      [images.busyboxNext, '2'],
    ] as const) {
      const reference = `${registry.address}/contract:${tag}`
      await client.images.tag(source, reference)
      await client.images.push(reference)
      await client.images.remove(reference)
    }
  })

  resourceContract(api, {
    type: 'docker.image',
    factory: docker.image,
    base: { image: pulled },
    options: { always: { pull: 'always' }, platform: { platform: 'linux/amd64' } },
    outside: {
      // An image carries no mark, so one that was found stays: that is looked at elsewhere.
      snapshot: async () =>
        (await client.images.list()).flatMap(({ tags }) => tags.filter((tag) => tag !== pulled)).sort(),
      plant: async () => void (await client.images.pull(pulled)),
      remove: async () => void (await client.images.remove(pulled)),
    },
    killAfter: [0, 5, 40],
  })
})
