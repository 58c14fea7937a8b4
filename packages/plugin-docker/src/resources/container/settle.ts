import type { UpdateContext } from '@lares/core'
import type { ContainerSummary } from '../../client/index.ts'
import type { DockerConnection } from '../../provider.ts'
import { isOfLab } from '../owner.ts'
import { isDone } from './diff.ts'
import { discard } from './discard.ts'
import { nextName } from './read.ts'
import type { ContainerAttributes, ContainerInputs } from './schema.ts'

type Context = Pick<
  UpdateContext<ContainerInputs, ContainerAttributes, DockerConnection>,
  'connection' | 'inputs' | 'owner' | 'signal'
> & {
  /** Does what is to be done once it has started. */
  started?(id: string): Promise<void>
}

/** The container that is left. */
export interface Settled {
  id: string
  /** Whether it is to run: false for one that had done what it was for. */
  isNeeded: boolean
}

/**
 * Ends a replacement that was interrupted. While the old container is there the new one has not proven itself and goes;
 * once the old one is gone the new one takes its name. Either way what is left runs, unless `start` is false.
 */
export async function settle(context: Context, name: string, { start = true } = {}): Promise<Settled> {
  const { connection, inputs, owner, signal } = context
  const { containers } = connection
  const listed = await containers.list({ signal })
  const old = listed.find((summary) => summary.name === name)
  const next = listed.find((summary) => summary.name === nextName(name) && isOfLab(summary.labels, owner))
  if (next && (!old || isGoing(old))) {
    if (old) await containers.remove(old.id, { force: true, signal })
    // Nobody knows whether that was done: rather twice than never.
    if (start && context.started) {
      await containers.start(next.id, { signal })
      await context.started(next.id)
    }
    await containers.rename(next.id, name, { signal })
    return await settled(next.id)
  }
  if (!old) throw new Error(`the container ${name} is gone`)
  if (next) await discard(containers, next.id, signal)
  return await settled(old.id, next?.createdAt)

  /** One that had done what it was for is not started again. What ended after `since` was stopped for the new one. */
  async function settled(id: string, since?: Date): Promise<Settled> {
    const state = (await containers.inspect(id, { signal }))?.State
    const isOver =
      state !== undefined &&
      isDone(inputs.restart, { state: state.Status, exitCode: state.ExitCode }) &&
      (since === undefined || Date.parse(state.FinishedAt) < since.getTime())
    if (start && !isOver) await containers.start(id, { signal })
    return { id, isNeeded: !isOver }
  }
}

const isGoing = ({ state }: ContainerSummary): boolean => state === 'removing' || state === 'dead'
