import type { Containers } from '../../client/index.ts'
import { isDockerError } from '../../client/index.ts'

/** Removes a container that has not proven itself: it may be writing to data that it shares, so it gets its grace period. */
export async function discard(containers: Containers, id: string, signal: AbortSignal): Promise<void> {
  await containers.stop(id, { signal }).catch((error: unknown) => {
    if (!isDockerError(error, 'not_found')) throw error
  })
  await containers.remove(id, { force: true, volumes: true, signal })
}
