import { setTimeout as delay } from 'node:timers/promises'
import { type DiagnosticInput, fail, LaresError, type Owner, problem } from '@lares/core'
import { type AttachmentSpec, type ContainerSummary, isDockerError } from '../client/index.ts'
import type { DockerConnection } from '../provider.ts'
import { labFilter } from './owner.ts'

/** How a container was attached to a network. */
export interface Attachment {
  container: string
  spec: AttachmentSpec
}

/**
 * Removes networks, taking the lab's own containers, or those with the labels of `ours`, off them first. Answers which
 * those were. They are back on a network that can't be removed.
 */
export async function removeAll(
  connection: DockerConnection,
  networks: readonly string[],
  owner: Owner,
  signal: AbortSignal,
  ours: Readonly<Record<string, string>> = labFilter(owner),
): Promise<Attachment[]> {
  const moved: Attachment[] = []
  for (const id of networks) {
    try {
      await connection.networks.remove(id, { signal })
    } catch (error) {
      if (!isDockerError(error, 'in_use', 'conflict')) throw error
      const containers = await connection.containers.list({ labels: ours, signal })
      await refuseOthers(connection, id, containers, error, owner, signal)
      moved.push(...(await removeAttached(connection, id, containers, owner, signal)))
    }
  }
  return moved
}

async function removeAttached(
  connection: DockerConnection,
  id: string,
  ours: readonly ContainerSummary[],
  owner: Owner,
  signal: AbortSignal,
): Promise<Attachment[]> {
  const found = await Promise.all(ours.map((container) => attachmentOf(connection, container.id, id, signal)))
  const attached = found.filter((attachment) => attachment !== undefined)
  try {
    await Promise.all(
      attached.map(({ container }) => connection.networks.disconnect(id, container, { force: true, signal })),
    )
    await removeDetached(connection, id, owner, signal)
    return attached
  } catch (error) {
    await reattachContainers(connection, id, attached, AbortSignal.timeout(REATTACH_MS))
    throw error
  }
}

const REATTACH_MS = 60_000
const TRIES = 5
const PAUSE = 200

/** An engine that was interrupted in a detachment may hold on to the endpoint for a while, or until it is told again. */
async function removeDetached(
  connection: DockerConnection,
  id: string,
  owner: Owner,
  signal: AbortSignal,
): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await connection.networks.remove(id, { signal })
      return
    } catch (error) {
      if (!isDockerError(error, 'in_use', 'conflict')) throw error
      const held = await heldBy(connection, id, signal)
      if (tries === TRIES && held.length === 0) miscounted(error, owner)
      if (tries === TRIES) throw error
      for (const name of held) await connection.networks.disconnect(id, name, { force: true, signal })
    }
    await delay(PAUSE * tries, undefined, { signal })
  }
}

/** Names of what is attached, whether or not it still exists. */
async function heldBy({ networks }: DockerConnection, network: string, signal: AbortSignal): Promise<string[]> {
  const inspect = await networks.inspect(network, { signal })
  return Object.values(inspect?.Containers ?? {}).map(({ Name }) => Name)
}

/** The name of a network, and those of the containers on it that exist and are not among `ours`. */
export async function strangersOn(
  { networks, containers }: DockerConnection,
  network: string,
  ours: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<{ name: string; others: string[] }> {
  const { Name: name = network, Containers: held } = (await networks.inspect(network, { signal })) ?? {}
  const foreign = Object.values(held ?? {}).flatMap((one) => (ours.has(one.Name) ? [] : one.Name))
  const present = await Promise.all(foreign.map((one) => containers.inspect(one, { signal })))
  return { name, others: foreign.filter((_, index) => present[index] !== undefined) }
}

/** Containers of others stay, and with them the network: the lab's own aren't interrupted for nothing. */
async function refuseOthers(
  connection: DockerConnection,
  network: string,
  ours: readonly ContainerSummary[],
  error: Error,
  { address }: Owner,
  signal: AbortSignal,
): Promise<void> {
  const { name, others } = await strangersOn(connection, network, new Set(ours.map((one) => one.name)), signal)
  if (others.length === 0) return
  throw new LaresError([problem({ ...networkInUse(name, others), address, detail: error.message })], { cause: error })
}

/** Why a network with containers of others on it stays. */
export const networkInUse = (name: string, others: readonly string[]): DiagnosticInput => ({
  code: 'in_use',
  summary: `The network can't be removed: containers that are not this lab's are on it: ${others.join(', ')}`,
  advice: `Take it off first: docker network disconnect ${name} ${others[0]}`,
})

/**
 * Engines count the endpoints of a network, and lose count when several come and go at once; only their start counts anew:
 * https://github.com/moby/moby/issues/42119
 */
function miscounted(error: Error, { address }: Owner): never {
  const summary = 'The engine counts a container on the network that nobody has, and does not let it go'
  const advice = 'Restart the engine, which then counts anew (systemctl restart docker), and apply again.'
  fail({ code: 'engine_miscounts', address, summary, detail: error.message, advice }, error)
}

async function attachmentOf(
  { containers }: DockerConnection,
  id: string,
  network: string,
  signal: AbortSignal,
): Promise<Attachment | undefined> {
  const inspect = await containers.inspect(id, { signal })
  const found = Object.entries(inspect?.NetworkSettings.Networks ?? {}).find(
    ([, endpoint]) => endpoint.NetworkID === network,
  )
  if (!found) return undefined
  const [name, { Aliases }] = found
  // Its own name may have been asked for as an alias; its id never is.
  const aliases = (Aliases ?? []).filter((alias) => !id.startsWith(alias))
  const options = await containers.options(id, { wanted: { networks: { [name]: { aliases } } }, signal })
  return { container: id, spec: options?.networks?.[name] ?? {} }
}

/** Attaches containers as they were before. An address that the network no longer has is for the container's own update. */
export async function reattachContainers(
  { networks }: DockerConnection,
  network: string,
  attachments: readonly Attachment[],
  signal: AbortSignal,
): Promise<void> {
  for (const { container, spec } of attachments) {
    try {
      await networks.connect(network, container, spec, { signal })
    } catch (error) {
      if (!isDockerError(error)) throw error
    }
  }
}
