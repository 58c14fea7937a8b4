import { isDockerError, type NetworkInspect, type NetworkSpec } from '../client/index.ts'
import type { DockerConnection } from '../provider.ts'

/**
 * Makes a network that is the only one of its name. An engine may still carry out what an interrupted run asked of it, and
 * lets two networks have one name when they are made at the same time: those that are `ours` give way to the new one.
 */
export async function createSole(
  { networks }: DockerConnection,
  name: string,
  spec: NetworkSpec,
  ours: (network: NetworkInspect) => boolean,
  signal: AbortSignal,
): Promise<NetworkInspect> {
  const create = () => networks.create(name, spec, { signal })
  const present = async () => (await networks.list({ signal })).filter((one) => one.Name === name && ours(one))
  const clear = async (others: readonly NetworkInspect[]) => {
    for (const { Id } of others) await networks.remove(Id, { signal })
  }
  const id = await create().catch(async (error: unknown) => {
    const others = isDockerError(error, 'name_in_use') ? await present() : []
    if (others.length === 0) throw error
    await clear(others)
    return await create()
  })
  const all = await present()
  await clear(all.filter(({ Id }) => Id !== id))
  return all.find(({ Id }) => Id === id)!
}
