import type { ContainerOptions } from '../options.ts'
import { type CallOptions, call, type EngineAccess } from './engine-access.ts'
import { DockerError } from './error.ts'
import { connectEndpoint } from './networks.ts'
import { canonicalOptions } from './options/canonical.ts'
import { createRequest } from './options/create-body.ts'
import type { EngineDefaults } from './options/fields.ts'
import { observedOptions } from './options/observed.ts'
import type { ContainerSpec } from './options/spec.ts'
import type { ContainerInspect, ImageInspect } from './wire.ts'

type Inspect = (name: string, options?: CallOptions) => Promise<ContainerInspect | undefined>

/** Creates a container and attaches its further networks; removes it again when one of them refuses. */
export async function createContainer(
  access: EngineAccess,
  name: string,
  container: ContainerOptions,
  options: CallOptions,
): Promise<string> {
  const request = `create container ${name}`
  const { body, connect } = translate(request, container, access.apiVersion)
  const later = connect.map(([network]) => network)
  const query = { name, ...(container.platform !== undefined && { platform: container.platform }) }
  await requireNetworks(access, request, Object.keys(body.NetworkingConfig.EndpointsConfig).concat(later), options)
  const id = await call<string>(access, { request, options }, (abortSignal) =>
    access.docker.createContainer({ _query: query, _body: body, abortSignal }).then((created) => created.id),
  )
  try {
    for (const [network, endpoint] of connect) await connectEndpoint(access, network, id, endpoint, options)
  } catch (error) {
    await removeQuietly(access, id)
    throw error
  }
  return id
}

/** Engines notice a missing network only at the start, when the container is there. */
async function requireNetworks(
  access: EngineAccess,
  request: string,
  networks: readonly string[],
  options: CallOptions,
) {
  await Promise.all(
    networks.map((network) =>
      call(access, { request: `${request} on network ${network}`, options, repeatable: true }, (abortSignal) =>
        access.docker.getNetwork(network).inspect({ abortSignal }),
      ),
    ),
  )
}

function translate(request: string, container: ContainerOptions, apiVersion: string) {
  try {
    return createRequest(canonicalOptions(container), apiVersion)
  } catch (error) {
    if (error instanceof RangeError) throw new DockerError('invalid', `${request}: ${error.message}`, { cause: error })
    throw error
  }
}

/** What failed before is the error to report, and an aborted caller must not keep this from happening. */
const removeQuietly = (access: EngineAccess, id: string) =>
  call(access, { request: `remove container ${id}`, options: {} }, (abortSignal) =>
    access.docker.getContainer(id).remove({ force: true, v: true, abortSignal }),
  ).catch(() => undefined)

/** Reads a container and its image, and tells apart what each of them said. */
export async function readOptions(
  access: EngineAccess,
  inspect: Inspect,
  defaults: (options: CallOptions) => Promise<EngineDefaults>,
  name: string,
  { wanted, ...options }: CallOptions & { wanted?: Partial<ContainerSpec> },
): Promise<ContainerSpec | undefined> {
  const [container, engineDefaults] = await Promise.all([inspect(name, options), defaults(options)])
  if (container === undefined) return undefined
  const image = await call<ImageInspect>(
    access,
    { request: `inspect image of container ${name}`, options, repeatable: true },
    (abortSignal) => access.docker.getImage(container.Image).inspect({ abortSignal }),
  )
  return observedOptions(container, { image, defaults: engineDefaults, ...(wanted && { wanted }) })
}
