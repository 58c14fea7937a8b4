import { fail, isLaresError, type UpdateContext } from '@lares/core'
import { type ContainerSpec, canonicalOptions, DockerError, isDockerError, parseDuration } from '../../client/index.ts'
import type { ContainerOptions } from '../../options.ts'
import type { DockerConnection } from '../../provider.ts'
import type { NumberedCheck } from '../checks/probe.ts'
import { isOfLab } from '../owner.ts'
import { markedOptions, provideImage, updateContainer } from './change.ts'
import { discard } from './discard.ts'
import { lastLines } from './last-lines.ts'
import { nameOf } from './options.ts'
import { provenGood, provenUp } from './proof.ts'
import { nextName, readBack } from './read.ts'
import type { ContainerAttributes, ContainerInputs } from './schema.ts'
import { settle } from './settle.ts'

type Context = UpdateContext<ContainerInputs, ContainerAttributes, DockerConnection> & {
  /** Puts files into a new container before it starts. */
  fill?(id: string): Promise<void>
  /** Does what is to be done once the new one has started. */
  started?(id: string): Promise<void>
  /** Does what is to be done before the old one is stopped. */
  stopping?(id: string): Promise<void>
  /** What has to be good before the old one is removed. */
  checks?: readonly NumberedCheck[]
}

const ROLLBACK_MS = 60_000

/**
 * Puts a new container in the place of the old one, which stays until the new one is good. When the new one is not, it is
 * removed and the old one runs again. Interrupted anywhere, `settle` ends it: the removal of the old one is what decides.
 */
export async function swapContainer(context: Context): Promise<ContainerAttributes> {
  const { connection, inputs, owner, changes, signal } = context
  const { containers } = connection
  const name = nameOf(inputs, owner)
  let { observed } = context
  const isReplaced = changes.some(({ effect }) => effect === 'replace')
  const stopsFirst = isReplaced && mustStopFirst(canonicalOptions(markedOptions(inputs, owner)), observed)
  if (isReplaced) await provideImage(context)
  // One that is about to be stopped is not started for that.
  const settled =
    observed.unfinished === undefined ? undefined : await settle(context, observed.name, { start: !stopsFirst })
  if (observed.name !== name) {
    await containers.rename(observed.name, name, { signal })
    observed = { ...observed, name, unfinished: undefined }
    if (!isReplaced) return await updateContainer({ ...context, observed })
  }
  const old = await containers.inspect(name, { signal })
  if (!old) throw new DockerError('not_found', `replace container ${name}: it is gone`)
  const wasUp = settled?.isNeeded ?? old.State.Running
  const next = await createNext(context, name, observed.anonymousVolumes).catch(async (error: unknown) => {
    if (wasUp) await containers.start(old.Id, { signal })
    throw error
  })
  const stopOld = async () => {
    if (old.State.Running) await context.stopping?.(old.Id)
    await containers.stop(old.Id, { signal })
  }
  try {
    if (stopsFirst) await stopOld()
    await context.fill?.(next)
    await containers.start(nextName(name), { signal })
    await context.started?.(next)
    await provenUp(context, nextName(name))
    if (!stopsFirst) await stopOld()
    await provenGood(context, next, nextName(name))
  } catch (error) {
    // A run that is aborted waits for nothing more: the next one settles it.
    if (signal.aborted && !isDeadline(signal)) throw error
    await rollBack(context, next, { id: old.Id, wasUp }, error)
  }
  await containers.remove(old.Id, { force: true, signal })
  await containers.rename(next, name, { signal })
  return await readBack(connection, next, inputs, name, signal)
}

/** The new container has the anonymous volumes of the old one, where neither config nor image say otherwise. */
async function createNext(
  { connection, inputs, owner, signal }: Context,
  name: string,
  anonymousVolumes: Readonly<Record<string, string>>,
): Promise<string> {
  const image = await connection.known.find(inputs.image, signal)
  const request = markedOptions(inputs, owner)
  const { mounts = [], tmpfs = [] } = canonicalOptions(request)
  const others = new Map(mounts.map((mount) => [mount.target, mount]))
  for (const [target, source] of Object.entries(anonymousVolumes)) {
    const mount = others.get(target)
    const isNameless = mount ? mount.type === 'volume' && mount.source === undefined : image?.Config?.Volumes?.[target]
    const isInMemory = tmpfs.some((entry) => entry.split(':')[0] === target)
    if (isNameless && !isInMemory) others.set(target, { ...mount, type: 'volume', source, target })
  }
  const options = { ...request, ...(others.size > 0 ? { mounts: [...others.values()] } : {}) } as ContainerOptions
  const create = () => connection.containers.create(nextName(name), options, { signal })
  // An engine may still carry out what an interrupted run asked of it.
  return await create().catch(async (error: unknown) => {
    const other = isDockerError(error, 'name_in_use')
      ? await connection.containers.inspect(nextName(name), { signal })
      : undefined
    if (!other || !isOfLab(other.Config.Labels, owner)) throw error
    await connection.containers.remove(other.Id, { force: true, volumes: true, signal })
    return await create()
  })
}

/** Two of it cannot run at once: they would want one port or address, or write to the same files. */
function mustStopFirst(
  { ports = [], networks = {}, networkMode, mounts = [], volumesFrom }: ContainerSpec,
  { anonymousVolumes }: ContainerAttributes,
): boolean {
  const hasPort = ports.some((port) => port.split(':').length > 1)
  const hasAddress = Object.values(networks).some(({ ipv4, ipv6, macAddress }) => ipv4 ?? ipv6 ?? macAddress)
  const writes = mounts.some(({ type, readOnly }) => type !== 'tmpfs' && !readOnly) || volumesFrom !== undefined
  return hasPort || hasAddress || writes || networkMode === 'host' || Object.keys(anonymousVolumes).length > 0
}

const isDeadline = ({ reason }: AbortSignal): boolean => (reason as { code?: unknown } | undefined)?.code === 'timeout'

/** The old container gets its place back, also when the time is over. Throws what went wrong. */
async function rollBack(
  { connection: { containers }, owner, inputs }: Context,
  next: string,
  old: { id: string; wasUp: boolean },
  cause: unknown,
): Promise<never> {
  const graceMs = parseDuration(inputs.stopGracePeriod ?? '10s') / 1e6
  const signal = AbortSignal.timeout(ROLLBACK_MS + graceMs)
  const { message, code = 'failed' } = cause as Error & { code?: string }
  const problem = { code, address: owner.address, summary: `The new container was no good: ${message}` }
  let detail = ''
  try {
    detail = detailOf(cause) ?? (await lastLines(containers, next, signal))
    await discard(containers, next, signal)
    if (old.wasUp) await containers.start(old.id, { signal })
  } catch (error) {
    const summary = `${problem.summary}; and the old one is not back yet: ${(error as Error).message}`
    fail({ ...problem, summary, detail, advice: 'Apply again: that puts it in order.' }, cause)
  }
  const outcome = old.wasUp ? 'The old container runs again' : 'The old container is as it was'
  const advice = `${outcome}. What was tried is ${inputs.image}: put right what it says and apply again, or undo the change.`
  fail({ ...problem, detail, advice }, cause)
}

const detailOf = (error: unknown): string | undefined =>
  isLaresError(error) ? error.diagnostics[0]?.detail : undefined
