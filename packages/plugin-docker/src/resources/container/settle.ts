import type { UpdateContext } from '@lares/core'
import type { ContainerSummary } from '../../client/index.ts'
import type { DockerConnection } from '../../provider.ts'
import { isOfLab } from '../owner.ts'
import { isDone } from './diff.ts'
import { nextName } from './read.ts'
import type { ContainerAttributes, ContainerInputs } from './schema.ts'

type Context = Pick<
  UpdateContext<ContainerInputs, ContainerAttributes, DockerConnection>,
  'connection' | 'inputs' | 'owner' | 'signal'
>

/**
 * Ends a replacement that was interrupted. While the old container is there the new one has not proven itself and goes;
 * once the old one is gone the new one takes its name. Either way what is left runs.
 * @returns the id of the container that is left
 */
export async function settle(context: Context, name: string): Promise<string> {
  const { connection, owner, signal } = context
  const { containers } = connection
  const listed = await containers.list({ signal })
  const old = listed.find((summary) => summary.name === name)
  const next = listed.find((summary) => summary.name === nextName(name) && isOfLab(summary.labels, owner))
  if (next && (!old || isGoing(old))) {
    if (old) await containers.remove(old.id, { force: true, signal })
    await containers.rename(next.id, name, { signal })
    return await started(context, next.id)
  }
  if (!old) throw new Error(`the container ${name} is gone`)
  if (next) await containers.remove(next.id, { force: true, volumes: true, signal })
  return await started(context, old.id)
}

const isGoing = ({ state }: ContainerSummary): boolean => state === 'removing' || state === 'dead'

/** One that has done what it was for is not started again. */
async function started({ connection: { containers }, inputs, signal }: Context, id: string): Promise<string> {
  const state = (await containers.inspect(id, { signal }))?.State
  const isOver = state && isDone(inputs.restart, { state: state.Status, exitCode: state.ExitCode })
  if (!isOver) await containers.start(id, { signal })
  return id
}
