import type { DeleteContext } from '@lares/core'
import { isDockerError } from '../../client/index.ts'
import type { DockerConnection } from '../../provider.ts'
import type { ContainerAttributes, ContainerInputs } from './schema.ts'

type Context = DeleteContext<ContainerInputs, ContainerAttributes, DockerConnection> & {
  /** Does what is to be done before it is stopped. */
  stopping?(id: string): Promise<void>
}

/** Removes a container and what an interrupted replacement left of it. Volumes stay, also those that nobody named: they hold data. */
export async function deleteContainer({
  connection: { containers },
  observed,
  signal,
  log,
  stopping,
}: Context): Promise<void> {
  const { id, state, unfinished, anonymousVolumes } = observed
  if (unfinished !== undefined && unfinished !== id) {
    await containers.stop(unfinished, { signal }).catch(unlessGone)
    await containers.remove(unfinished, { force: true, signal })
  }
  const isUp = state === 'running' || state === 'restarting'
  if (isUp) await stopping?.(id).catch(unlessGone)
  if (isUp) await containers.stop(id, { signal }).catch(unlessGone)
  await containers.remove(id, { force: true, signal })
  for (const [target, name] of Object.entries(anonymousVolumes))
    log(`${target} stays on the engine as the volume ${name}`)
}

/** One that went by itself in the meantime needs no stop. */
function unlessGone(error: unknown): void {
  if (!isDockerError(error, 'not_found')) throw error
}
