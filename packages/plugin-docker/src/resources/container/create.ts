import type { CreateContext } from '@lares/core'
import { isDockerError } from '../../client/index.ts'
import type { DockerConnection } from '../../provider.ts'
import { isOfLab } from '../owner.ts'
import { markedOptions, provideImage } from './change.ts'
import { discard } from './discard.ts'
import { nameOf } from './options.ts'
import { nextName, readBack } from './read.ts'
import type { ContainerAttributes, ContainerInputs } from './schema.ts'

type Context = CreateContext<ContainerInputs, DockerConnection> & {
  /** Puts files into it before it starts. */
  fill?(id: string): Promise<void>
  /** Does what is to be done once it has started. */
  started?(id: string): Promise<void>
}

const DISCARD_MS = 60_000

/** Creates and starts a container; one that an interrupted creation of the same left is started. */
export async function createContainer(context: Context): Promise<ContainerAttributes> {
  const { connection, inputs, owner, signal } = context
  const name = nameOf(inputs, owner)
  await provideImage(context)
  // It has its name once all is done: until then it is one of which nobody knows how far it came.
  const id = await createOrFind(context, context.started ? nextName(name) : name)
  await context.fill?.(id)
  await connection.containers.start(id, { signal })
  if (context.started) {
    try {
      await context.started(id)
    } catch (error) {
      await discard(connection.containers, id, AbortSignal.timeout(DISCARD_MS))
      throw error
    }
    await connection.containers.rename(id, name, { signal })
  }
  return await readBack(connection, id, inputs, name, signal)
}

async function createOrFind({ connection, inputs, owner, signal }: Context, name: string): Promise<string> {
  try {
    return await connection.containers.create(name, markedOptions(inputs, owner), { signal })
  } catch (error) {
    if (!isDockerError(error, 'name_in_use')) throw error
    const found = await connection.containers.inspect(name, { signal })
    if (found?.State.Status !== 'created' || !isOfLab(found.Config.Labels, owner)) throw error
    return found.Id
  }
}
