import { setTimeout as delay } from 'node:timers/promises'
import type { Owner } from '@lares/core'
import { type AttachmentSpec, isDockerError } from '../client/index.ts'
import type { DockerConnection } from '../provider.ts'
import { labFilter } from './owner.ts'

/** How a container was attached to a network. */
export interface Attachment {
  container: string
  spec: AttachmentSpec
}

/** Removes networks, taking the lab's own containers off them first where there are any. Answers which those were. */
export async function removeAll(
  connection: DockerConnection,
  networks: readonly string[],
  owner: Owner,
  signal: AbortSignal,
): Promise<Attachment[]> {
  const moved: Attachment[] = []
  for (const id of networks) {
    try {
      await connection.networks.remove(id, { signal })
    } catch (error) {
      if (!isDockerError(error, 'in_use', 'conflict')) throw error
      moved.push(...(await detachContainers(connection, id, owner, signal)))
      await removeDetached(connection, id, owner, signal)
    }
  }
  return moved
}

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
      if (tries === TRIES || !isDockerError(error, 'in_use', 'conflict')) throw error
    }
    await delay(PAUSE * tries, undefined, { signal })
    await releaseEndpoints(connection, id, owner, signal)
  }
}

/** Ends what a network still holds of the lab's containers, and of those that are gone. */
async function releaseEndpoints(
  { containers, networks }: DockerConnection,
  network: string,
  owner: Owner,
  signal: AbortSignal,
): Promise<void> {
  const held = (await networks.inspect(network, { signal }))?.Containers ?? {}
  const ours = new Set((await containers.list({ labels: labFilter(owner), signal })).map(({ id }) => id))
  for (const [id, { Name }] of Object.entries(held)) {
    const isOthers = !ours.has(id) && (await containers.inspect(id, { signal })) !== undefined
    if (!isOthers) await networks.disconnect(network, Name, { force: true, signal })
  }
}

/** Takes the lab's containers off a network. Those of others stay, and keep the network from being removed. */
async function detachContainers(
  connection: DockerConnection,
  network: string,
  owner: Owner,
  signal: AbortSignal,
): Promise<Attachment[]> {
  const ours = await connection.containers.list({ labels: labFilter(owner), signal })
  const attached = await Promise.all(ours.map(({ id }) => attachmentOf(connection, id, network, signal)))
  const found = attached.filter((attachment) => attachment !== undefined)
  await Promise.all(
    found.map(({ container }) => connection.networks.disconnect(network, container, { force: true, signal })),
  )
  return found
}

async function attachmentOf(
  { containers }: DockerConnection,
  id: string,
  network: string,
  signal: AbortSignal,
): Promise<Attachment | undefined> {
  const inspect = await containers.inspect(id, { signal })
  const [name] = Object.entries(inspect?.NetworkSettings.Networks ?? {}).find(
    ([, endpoint]) => endpoint.NetworkID === network,
  ) ?? [undefined]
  if (name === undefined) return undefined
  const options = await containers.options(id, { signal })
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
