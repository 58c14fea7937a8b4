import type { Host } from '@lares/transport'
import { type Containers, containersOf } from './containers.ts'
import type { EngineApi } from './dockerode.ts'
import { type Engine, engineOf } from './engine.ts'
import { type CallOptions, call, type EngineAccess } from './engine-access.ts'
import { DockerError } from './error.ts'
import { type Events, eventsOf } from './events.ts'
import { type Images, imagesOf } from './images.ts'
import { type Networks, networksOf } from './networks.ts'
import { reachThrough } from './reach.ts'
import { type RegistryCredentials, readDockerConfig } from './registry-auth.ts'
import { type Volumes, volumesOf } from './volumes.ts'

/** A connection to one Docker engine. */
export type DockerClient = {
  /** The API version that both sides speak, such as `1.41`. */
  readonly apiVersion: string
  /** The engine runs on this machine. */
  readonly local: boolean
  /** The engine's socket, on the machine that it runs on. */
  readonly socketPath: string
  readonly engine: Engine
  readonly containers: Containers
  readonly images: Images
  readonly networks: Networks
  readonly volumes: Volumes
  readonly events: Events
  /** Closes all sockets; requests under way fail. */
  close(): void
}

export type ConnectOptions = CallOptions & {
  /** The machine that the engine runs on; this machine when absent. */
  host?: Host
  /** Path of the engine's socket on that machine. */
  socketPath?: string | undefined
  /** Registry credentials; those of `~/.docker/config.json` and its credential helpers when absent. */
  credentials?: RegistryCredentials
}

/** Where an engine answers that nobody has moved. */
export const DEFAULT_SOCKET = '/var/run/docker.sock'
const OLDEST_API = '1.40'
const NEWEST_API = '1.51'

/**
 * Connects to a Docker engine and agrees on an API version. `DOCKER_HOST` and Docker contexts are not looked at.
 * @throws DockerError `unreachable` when no engine answers, `api_unsupported` when it is too old or too new.
 */
export async function connectDocker(options: ConnectOptions = {}): Promise<DockerClient> {
  const { socketPath = DEFAULT_SOCKET, credentials = readDockerConfig() } = options
  const [{ httpAgent, localHost }, { dockerodeOver }] = await Promise.all([
    import('@lares/transport'),
    import('./dockerode.ts'),
  ])
  const host = options.host ?? localHost()
  const reach = reachThrough(host, socketPath, (maxChannels) => {
    for (const agent of agents) agent.maxSockets = Math.floor(maxChannels / agents.length)
  })
  const requests = httpAgent(reach, { socketPath })
  const streams = httpAgent(reach, { socketPath }, { maxSockets: Number.POSITIVE_INFINITY, maxFreeSockets: 1 })
  const agents = [requests, streams]
  const close = () => {
    for (const agent of agents) agent.destroy()
  }
  try {
    const description = host.local ? socketPath : `${host.description} ${socketPath}`
    const apiVersion = await negotiate(dockerodeOver(requests), description, options)
    const access: EngineAccess = {
      docker: dockerodeOver(requests, apiVersion),
      streaming: dockerodeOver(streams, apiVersion),
      apiVersion,
      description,
    }
    const engine = engineOf(access)
    return {
      apiVersion,
      local: host.local,
      socketPath,
      engine,
      containers: containersOf(access, engine),
      images: imagesOf(access, credentials),
      networks: networksOf(access),
      volumes: volumesOf(access),
      events: eventsOf(access),
      close,
    }
  } catch (error) {
    close()
    throw error
  }
}

async function negotiate(docker: EngineApi, description: string, options: CallOptions): Promise<string> {
  const version = await call<{ ApiVersion: string; MinAPIVersion?: string; Version: string }>(
    { description },
    { request: 'connect', options, defaultTimeoutMs: 20_000, repeatable: true },
    (abortSignal) => docker.version({ abortSignal }),
  )
  const agreed = compare(version.ApiVersion, NEWEST_API) < 0 ? version.ApiVersion : NEWEST_API
  const isTooNew = version.MinAPIVersion !== undefined && compare(version.MinAPIVersion, NEWEST_API) > 0
  if (isTooNew || compare(agreed, OLDEST_API) < 0) {
    throw new DockerError(
      'api_unsupported',
      `${description}: Docker ${version.Version} speaks API ${version.MinAPIVersion ?? '?'} to ${version.ApiVersion}, ` +
        `this client ${OLDEST_API} to ${NEWEST_API}`,
    )
  }
  return agreed
}

function compare(a: string, b: string): number {
  const [major = 0, minor = 0] = a.split('.').map(Number)
  const [otherMajor = 0, otherMinor = 0] = b.split('.').map(Number)
  return major - otherMajor || minor - otherMinor
}
