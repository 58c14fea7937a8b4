import { fail, type ReadyContext } from '@lares/core'
import { type ContainerInspect, isDockerError } from '../../client/index.ts'
import type { DockerConnection } from '../../provider.ts'
import { lastLines } from '../container/last-lines.ts'
import { askProject } from './ask-project.ts'
import type { ComposeAttributes, ComposeInputs } from './schema.ts'
import { createTroubles } from './troubles.ts'

const DAY_MS = 86_400_000
/** How long a container without a healthcheck must have been running before others rely on it. */
const SETTLE_MS = 300

/**
 * Resolves when every container is healthy, or runs, or has done what it was for, and all checks are good.
 * @throws LaresError with what each of the others said last
 */
export async function isReady(
  context: ReadyContext<ComposeInputs, ComposeAttributes, DockerConnection>,
): Promise<void> {
  const { connection, attributes, owner, signal } = context
  const { containers, projects } = connection
  const { project, services } = attributes
  const all = Object.entries(services).flatMap(([service, it]) => it.containers.map((one) => ({ service, ...one })))
  const troubles = createTroubles(owner, signal, new Map(all.map(({ id, name }) => [id.slice(0, 12), name])))
  const seen = new Map(projects.found.get(project)?.containers.map(({ inspect }) => [inspect.Id, inspect]))
  const waited = all.filter(({ id, state, health, exitCode }) => {
    const isOver = state === 'exited' && exitCode === 0
    const isGood = health === 'healthy' || (health === undefined && hasSettled(seen.get(id)))
    return !isOver && !(state === 'running' && isGood)
  })
  await Promise.all(waited.map(({ id, name, service }) => troubles.watch(name, () => isUp(id, service))))
  if (!troubles.any) await askProject(context, troubles)
  if (troubles.any) troubles.throw()

  async function isUp(id: string, service: string): Promise<void> {
    try {
      await containers.waitHealthy(id, { settleMs: SETTLE_MS, timeoutMs: DAY_MS, signal })
    } catch (error) {
      if (!isDockerError(error, 'exited') && !isDockerError(error, 'unhealthy')) throw error
      const { Status, ExitCode } = (await containers.inspect(id, { signal }))?.State ?? {}
      if (Status === 'exited' && ExitCode === 0) return
      const summary = error.message.replace(/^wait for container \w+: /, '')
      const advice = `See what it says: lares run ${owner.address} logs --service ${service}`
      fail({ code: error.code, summary, detail: await lastLines(containers, id, signal), advice }, error)
    }
  }
}

const hasSettled = (inspect: ContainerInspect | undefined): boolean =>
  inspect !== undefined && Date.now() - Date.parse(inspect.State.StartedAt) >= SETTLE_MS
