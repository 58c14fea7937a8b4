import { get } from 'node:http'
import { execa } from 'execa'
import { restartEngine } from '../rig/engine.ts'
import type { Wanted, WantedContainer } from './wanted.ts'

const TIMEOUT_MS = 60_000
const LAB = 'dev.lares.lab'
const ADDRESS = 'dev.lares.address'

type Labels = Record<string, string> | null

interface Container {
  Id: string
  Name: string
  Image: string
  State: { Running: boolean }
  Config: { Labels: Labels; Env: string[] | null; Healthcheck?: { Test?: string[] } | null }
  HostConfig: {
    Memory: number
    RestartPolicy: { Name: string }
    PortBindings: Record<string, { HostPort: string }[]> | null
  }
  Mounts: { Type: string; Name?: string; Destination: string }[]
  NetworkSettings: { Networks: Record<string, unknown> }
}

/** Everything on the engine that the lab could have made, asked behind the back of the product. */
export interface Reality {
  containers: ReadonlyMap<string, Container>
  networks: ReadonlyMap<string, { subnet: string; labels: Labels }>
  /** When each volume was made. */
  volumes: ReadonlyMap<string, string>
  /** Ids by reference. */
  images: ReadonlyMap<string, string>
}

async function ask<T>(path: string): Promise<T> {
  const answer = await askIfThere<T>(path)
  if (answer === undefined) throw new Error(`${path}: 404`)
  return answer
}

function askIfThere<T>(path: string): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const options = { socketPath: '/run/docker.sock', path, agent: false, signal: AbortSignal.timeout(TIMEOUT_MS) }
    get(options, async (response) => {
      let text = ''
      for await (const chunk of response.setEncoding('utf8')) text += chunk
      if (response.statusCode === 404) resolve(undefined)
      else if (response.statusCode === 200) resolve(JSON.parse(text) as T)
      else reject(new Error(`${path}: ${response.statusCode} ${text}`))
    }).on('error', reject)
  })
}

/** Names and states of all containers, in one answer. */
export async function listContainers(): Promise<Map<string, string>> {
  const listed = await ask<{ Names: string[]; State: string }[]>('/containers/json?all=1')
  return new Map(listed.map(({ Names: [name = ''], State }) => [name.slice(1), State]))
}

export async function observe(): Promise<Reality> {
  const [listed, networks, volumes, images] = await Promise.all([
    ask<{ Id: string }[]>('/containers/json?all=1'),
    ask<{ Name: string; Labels: Labels; IPAM: { Config: { Subnet: string }[] | null } }[]>('/networks'),
    ask<{ Volumes: { Name: string; CreatedAt: string }[] | null }>('/volumes'),
    ask<{ Id: string; RepoTags: string[] | null }[]>('/images/json'),
  ])
  const inspected = await Promise.all(listed.map(({ Id }) => askIfThere<Container>(`/containers/${Id}/json`)))
  const containers = inspected.filter((each) => each !== undefined)
  const made = networks.filter(({ Name }) => !['bridge', 'host', 'none'].includes(Name))
  return {
    containers: new Map(containers.map((each) => [each.Name.slice(1), each])),
    networks: new Map(
      made.map((each) => [each.Name, { subnet: each.IPAM.Config?.[0]?.Subnet ?? '', labels: each.Labels }]),
    ),
    volumes: new Map((volumes.Volumes ?? []).map(({ Name, CreatedAt }) => [Name, CreatedAt])),
    images: new Map(images.flatMap(({ Id, RepoTags }) => (RepoTags ?? []).map((tag) => [tag, Id] as const))),
  }
}

/** Everything about the engine that is not exactly what is wanted: too much of it, too little, or another configuration. */
export function mismatches(
  { containers, networks, volumes, images }: Reality,
  wanted: Wanted,
  references: Record<WantedContainer['image'], string>,
): string[] {
  const names = (kind: string, found: Iterable<string>, expected: Iterable<string>) =>
    differ(`${kind}s`, [...found].sort(), [...expected].sort())
  return [
    ...names('container', containers.keys(), Object.keys(wanted.containers)),
    ...names('network', networks.keys(), Object.keys(wanted.networks)),
    ...names('volume', volumes.keys(), wanted.volumes),
    ...Object.entries(wanted.networks).flatMap(([name, subnet]) => {
      const found = networks.get(name)
      if (!found) return []
      const mark = [found.labels?.[LAB], found.labels?.[ADDRESS]]
      return differ(`network ${name}`, [found.subnet, ...mark], [subnet, 'crash', name])
    }),
    ...Object.entries(wanted.containers).flatMap(([name, each]) => {
      const found = containers.get(name)
      return found ? differ(`container ${name}`, seen(found, each), expectation(name, each, images, references)) : []
    }),
  ]
}

function seen(found: Container, { env = {}, formerly }: WantedContainer) {
  const { Config, HostConfig, Mounts, NetworkSettings } = found
  const address = Config.Labels?.[ADDRESS]
  return {
    running: found.State.Running,
    image: found.Image,
    env: (Config.Env ?? []).filter((entry) => entry.split('=')[0]! in env).sort(),
    memory: HostConfig.Memory,
    restart: HostConfig.RestartPolicy.Name || 'no',
    ports: Object.entries(HostConfig.PortBindings ?? {}).map(([port, [binding]]) => `${binding?.HostPort}:${port}`),
    networks: Object.keys(NetworkSettings.Networks).sort(),
    mounts: Mounts.map(({ Name, Destination }) => `${Name}:${Destination}`),
    health: Config.Healthcheck?.Test?.[0] ?? '',
    lab: Config.Labels?.[LAB],
    // A label can't be changed: what was renamed is known by its former name.
    address: address === formerly ? undefined : address,
  }
}

function expectation(
  name: string,
  wanted: WantedContainer,
  images: Reality['images'],
  references: Record<WantedContainer['image'], string>,
): ReturnType<typeof seen> {
  const { image, networks, env = {}, memory = 0, restart = 'no', port, volume, health, formerly } = wanted
  return {
    running: true,
    image: images.get(references[image])!,
    env: Object.entries(env)
      .map(([key, value]) => `${key}=${value}`)
      .sort(),
    memory: memory * 1024 * 1024,
    restart,
    ports: port === undefined ? [] : [`${port}:80/tcp`],
    networks: [...(networks ?? ['none'])].sort(),
    mounts: volume === undefined ? [] : [`${volume}:/data`],
    health: health ? 'CMD' : '',
    lab: 'crash',
    address: formerly === undefined ? name : undefined,
  }
}

function differ(what: string, found: unknown, expected: unknown): string[] {
  const [left, right] = [found, expected].map((value) => JSON.stringify(value))
  return left === right ? [] : [`${what}: found ${left}, wanted ${right}`]
}

/**
 * Removes everything from the engine but images, for a start from nothing. An engine that lost count of a network's endpoints
 * (https://github.com/moby/moby/issues/42119) counts them anew when it starts.
 */
export async function clear(): Promise<void> {
  const { containers, networks, volumes } = await observe()
  const remove = (...args: string[]) => execa('docker', args, { timeout: TIMEOUT_MS })
  if (containers.size > 0) await remove('rm', '--force', '--volumes', ...[...containers.values()].map(({ Id }) => Id))
  const removeNetworks = () => remove('network', 'rm', ...networks.keys())
  if (networks.size > 0)
    await removeNetworks().catch(async (error: Error) => {
      if (!error.message.includes('has active endpoints')) throw error
      await restartEngine()
      await removeNetworks()
    })
  if (volumes.size > 0) await remove('volume', 'rm', ...volumes.keys())
}
