import type { Owner } from '@lares/core'
import type { ContainerSummary } from '../../client/index.ts'
import type { DockerConnection } from '../../provider.ts'
import { isOfLab } from '../owner.ts'
import { nextName } from './read.ts'

/**
 * Ends a replacement that was interrupted. While the old container is there the new one has not proven itself and goes;
 * once the old one is gone the new one takes its name. Either way what is left runs.
 * @returns the id of the container that is left
 */
export async function settle(
  connection: DockerConnection,
  name: string,
  owner: Owner,
  signal: AbortSignal,
): Promise<string> {
  const { containers } = connection
  const listed = await containers.list({ signal })
  const found = (wanted: string) => listed.find((summary) => summary.name === wanted && isOfLab(summary.labels, owner))
  const [old, next] = [listed.find((summary) => summary.name === name), found(nextName(name))]
  if (next && (!old || isGoing(old))) {
    if (old) await containers.remove(old.id, { force: true, signal })
    await containers.rename(next.id, name, { signal })
    await containers.start(next.id, { signal })
    return next.id
  }
  if (!old) throw new Error(`the container ${name} is gone`)
  if (next) await containers.remove(next.id, { force: true, volumes: true, signal })
  await containers.start(old.id, { signal })
  return old.id
}

const isGoing = ({ state }: ContainerSummary): boolean => state === 'removing' || state === 'dead'
