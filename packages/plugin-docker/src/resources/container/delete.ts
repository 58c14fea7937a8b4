import type { DeleteContext } from '@lares/core'
import type { DockerConnection } from '../../provider.ts'
import type { ContainerAttributes, ContainerInputs } from './schema.ts'

type Context = DeleteContext<ContainerInputs, ContainerAttributes, DockerConnection>

/** Removes a container, what a replacement left of it, and those of its anonymous volumes that are not to be kept. */
export async function deleteContainer({ connection, observed, keep, signal }: Context): Promise<void> {
  const { containers, volumes } = connection
  const { id, state, unfinished, anonymousVolumes } = observed
  if (unfinished !== undefined && unfinished !== id) await containers.remove(unfinished, { force: true, signal })
  if (state === 'running' || state === 'restarting') await stopped(connection, id, signal)
  await containers.remove(id, { force: true, signal })
  for (const [target, name] of Object.entries(anonymousVolumes))
    if (!keep.includes(`volumes${target}`)) await volumes.remove(name, { signal })
}

/** One that went by itself in the meantime needs no stop. */
async function stopped({ containers }: DockerConnection, id: string, signal: AbortSignal): Promise<void> {
  if (await containers.inspect(id, { signal })) await containers.stop(id, { signal })
}
