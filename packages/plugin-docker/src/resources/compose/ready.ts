import type { ReadyContext } from '@lares/core'
import { isDockerError } from '../../client/index.ts'
import type { DockerConnection } from '../../provider.ts'
import type { ComposeAttributes, ComposeInputs } from './schema.ts'

const DAY_MS = 86_400_000
/** How long a container without a healthcheck must have been running before others rely on it. */
const SETTLE_MS = 300

/** Resolves when every container is healthy, or runs, or has done what it was for. */
export async function isReady({
  connection: { containers },
  attributes: { services },
  signal,
}: ReadyContext<ComposeInputs, ComposeAttributes, DockerConnection>): Promise<void> {
  const all = Object.values(services).flatMap((service) => service.containers)
  const waited = all.filter(({ state, health, exitCode }) => {
    const isOver = state === 'exited' && exitCode === 0
    return !isOver && !(state === 'running' && health === 'healthy')
  })
  await Promise.all(
    waited.map(async ({ id }) => {
      try {
        await containers.waitHealthy(id, { settleMs: SETTLE_MS, timeoutMs: DAY_MS, signal })
      } catch (error) {
        if (!isDockerError(error, 'exited')) throw error
        const { Status, ExitCode } = (await containers.inspect(id, { signal }))?.State ?? {}
        if (Status !== 'exited' || ExitCode !== 0) throw error
      }
    }),
  )
}
