import type { Change, Owner, UpdateContext } from '@lares/core'
import { parsePath } from '@lares/core'
import { type AttachmentSpec, type ContainerSpec, liveUpdate, type ResourcesSpec } from '../../client/index.ts'
import type { DockerConnection } from '../../provider.ts'
import { progressLog } from '../image/progress.ts'
import { markedLabels } from '../owner.ts'
import { isDone } from './diff.ts'
import { nameOf, optionsOf, partialSpec } from './options.ts'
import { readBack } from './read.ts'
import type { ContainerAttributes, ContainerInputs } from './schema.ts'
import { settle } from './settle.ts'

type Context = UpdateContext<ContainerInputs, ContainerAttributes, DockerConnection> & {
  /** Does what is to be done once it has started. */
  started?(id: string): Promise<void>
}

/** The options of a container as the engine gets them, marked as ours. */
export const markedOptions = (inputs: ContainerInputs, owner: Owner) => ({
  ...optionsOf(inputs),
  labels: markedLabels(owner, inputs.labels),
})

/** Pulls the image of a container when the engine does not have it. */
export async function provideImage({
  connection,
  inputs,
  signal,
  log,
}: Pick<Context, 'connection' | 'inputs' | 'signal' | 'log'>) {
  const { image, platform } = inputs
  await connection.known.provide(image, { platform, signal, onProgress: progressLog(image, log) })
}

const STOP_MS = 60_000

/** Changes a container without a new one: limits, restart policy, networks, and whether it runs. */
export async function updateContainer(context: Context): Promise<ContainerAttributes> {
  const { connection, inputs, observed, owner, changes, signal } = context
  const name = nameOf(inputs, owner)
  const id = observed.unfinished === undefined ? observed.id : (await settle(context, name)).id
  const { spec } = partialSpec(inputs)
  await changeLimits(connection, id, observed, spec, changes, signal)
  await changeNetworks(connection, id, spec, changes, signal)
  const after = await readBack(connection, id, inputs, name, signal)
  if (after.state === 'running' || after.state === 'restarting' || isDone(inputs.restart, after)) return after
  if (after.state === 'paused') await connection.containers.restart(id, { signal })
  else await connection.containers.start(id, { signal })
  try {
    await context.started?.(id)
  } catch (error) {
    // It would seem to be done, and never be tried again.
    await connection.containers.stop(id, { signal: AbortSignal.timeout(STOP_MS) })
    throw error
  }
  return await readBack(connection, id, inputs, name, signal)
}

async function changeLimits(
  { containers }: DockerConnection,
  id: string,
  observed: ContainerAttributes,
  wanted: Partial<ContainerSpec>,
  changes: readonly Change[],
  signal: AbortSignal,
): Promise<void> {
  const paths = changes.map(({ path }) => parsePath(path))
  const limits = paths.filter(([option]) => option === 'resources').map(([, limit]) => limit as keyof ResourcesSpec)
  const isPolicy = paths.some(([option]) => option === 'restart')
  if (limits.length === 0 && !isPolicy) return
  // The swap limit follows a memory limit, so it has to be told along.
  const isSwapTold = limits.includes('memory') && wanted.resources?.memorySwap !== undefined
  const names = isSwapTold ? [...limits, 'memorySwap' as const] : limits
  const told = ({ resources = {}, restart = 'no' }: Pick<Partial<ContainerSpec>, 'resources' | 'restart'>) => ({
    resources: Object.fromEntries(
      names.filter((name) => resources[name] !== undefined).map((name) => [name, resources[name]]),
    ) as ResourcesSpec,
    ...(isPolicy ? { restart } : {}),
  })
  const body = liveUpdate(told(observed as Partial<ContainerSpec>), told(wanted))
  if (body === undefined) throw new Error(`the container needs to be replaced to change ${limits.join(', ')}`)
  if (Object.keys(body).length > 0) await containers.update(id, body, { signal })
}

async function changeNetworks(
  { networks, containers }: DockerConnection,
  id: string,
  wanted: Partial<ContainerSpec>,
  changes: readonly Change[],
  signal: AbortSignal,
): Promise<void> {
  const names = changes
    .map(({ path }) => parsePath(path))
    .filter(([option]) => option === 'networks')
    .map(([, name]) => String(name))
  if (names.length === 0) return
  const attached = (await containers.inspect(id, { signal }))?.NetworkSettings.Networks ?? {}
  for (const name of names) {
    const attachment: AttachmentSpec | undefined = wanted.networks?.[name]
    if (attached[name]) await networks.disconnect(name, id, { force: true, signal })
    if (attachment) await networks.connect(name, id, attachment, { signal })
  }
}
