import { orFalse, orUndefined } from './absence.ts'
import { type CallOptions, call, type EngineAccess } from './engine-access.ts'
import { DockerError } from './error.ts'
import { labelFilter } from './events.ts'
import { tooNewMessage, tooNewNetworkOptions } from './options/engine-version.ts'
import { type NetworkSpec, networkToEngine } from './options/network.ts'
import { endpointToEngine, isModern } from './options/networks.ts'
import type { AttachmentSpec } from './options/spec.ts'
import type { EndpointSettings, NetworkInspect } from './wire.ts'

export type Networks = {
  list(options?: CallOptions & { labels?: Record<string, string> }): Promise<NetworkInspect[]>
  /** The network of this name or id, or undefined. */
  inspect(name: string, options?: CallOptions): Promise<NetworkInspect | undefined>
  /** @returns the id. @throws DockerError `name_in_use`, `address_in_use` */
  create(name: string, network?: NetworkSpec, options?: CallOptions): Promise<string>
  /** False when it was gone. @throws DockerError `in_use` while containers are attached */
  remove(name: string, options?: CallOptions): Promise<boolean>
  connect(name: string, container: string, attachment?: AttachmentSpec, options?: CallOptions): Promise<void>
  /** False when it was not attached. */
  disconnect(name: string, container: string, options?: CallOptions & { force?: boolean }): Promise<boolean>
}

export function networksOf(access: EngineAccess): Networks {
  const { docker } = access
  return {
    list: ({ labels = {}, ...options } = {}) =>
      call(access, { request: 'list networks', options, repeatable: true }, (abortSignal) =>
        docker.listNetworks({ filters: JSON.stringify({ label: labelFilter(labels) }), abortSignal }),
      ),
    inspect: (name, options = {}) =>
      orUndefined(
        call(access, { request: `inspect network ${name}`, options, repeatable: true }, (abortSignal) =>
          docker.getNetwork(name).inspect({ abortSignal }),
        ),
      ),
    create: (name, network = {}, options = {}) => createNetwork(access, name, network, options),
    remove: (name, options = {}) =>
      orFalse(
        call(access, { request: `remove network ${name}`, options }, (abortSignal) =>
          docker.getNetwork(name).remove({ abortSignal }),
        ),
      ),
    connect: (name, container, attachment = {}, options = {}) =>
      connectEndpoint(access, name, container, endpointToEngine(attachment, isModern(access.apiVersion)), options),
    disconnect: (name, container, { force = false, ...options } = {}) =>
      disconnectEndpoint(access, name, container, force, options),
  }
}

async function createNetwork(
  access: EngineAccess,
  name: string,
  network: NetworkSpec,
  options: CallOptions,
): Promise<string> {
  const request = `create network ${name}`
  const [unknown] = tooNewNetworkOptions(network, access.apiVersion)
  if (unknown) throw new DockerError('invalid', `${request}: ${tooNewMessage(unknown, access.apiVersion)}`)
  return call<string>(access, { request, options }, (abortSignal) =>
    access.docker
      .createNetwork({ Name: name, CheckDuplicate: true, ...networkToEngine(network), abortSignal })
      .then(({ id }) => id),
  )
}

/** Attaches a container to a network. */
export async function connectEndpoint(
  access: EngineAccess,
  network: string,
  container: string,
  endpoint: EndpointSettings,
  options: CallOptions,
): Promise<void> {
  await call(access, { request: `connect ${container} to network ${network}`, options }, (abortSignal) =>
    access.docker.getNetwork(network).connect({ Container: container, EndpointConfig: endpoint, abortSignal }),
  )
}

async function disconnectEndpoint(
  access: EngineAccess,
  network: string,
  container: string,
  force: boolean,
  options: CallOptions,
): Promise<boolean> {
  try {
    return await orFalse(
      call(access, { request: `disconnect ${container} from network ${network}`, options }, (abortSignal) =>
        access.docker.getNetwork(network).disconnect({ Container: container, Force: force, abortSignal }),
      ),
    )
  } catch (error) {
    if (error instanceof Error && /is not connected to/.test(error.message)) return false
    throw error
  }
}
