import type { ReadyContext } from '@lares/core'
import type { DockerConnection } from '../../provider.ts'
import { askChecks } from '../checks/ask-checks.ts'
import { numbered } from '../checks/probe.ts'
import { isDone } from './diff.ts'
import { unlessDone } from './proof.ts'
import type { ContainerAttributes, ContainerInputs } from './schema.ts'

/** How long a container without a healthcheck must have been running before others rely on it. */
const SETTLE_MS = 300
const DAY_MS = 86_400_000

/** Resolves when a container is healthy, or runs, or has done what it was for, and all its checks are good. */
export async function isReady(
  context: ReadyContext<ContainerInputs, ContainerAttributes, DockerConnection>,
): Promise<void> {
  const { connection, inputs, attributes, signal, log } = context
  const { id, state, health } = attributes
  const { containers } = connection
  if (!isDone(inputs.restart, attributes) && !(state === 'running' && health === 'healthy'))
    await unlessDone(context, id, () => containers.waitHealthy(id, { settleMs: SETTLE_MS, timeoutMs: DAY_MS, signal }))
  const checks = numbered(inputs.checks)
  if (checks.length === 0) return
  const startedAt = (await containers.inspect(id, { signal }))?.State.StartedAt ?? ''
  const advice = 'The container stays as it is. Put right what the check says, or the check, and apply again.'
  await askChecks(checks, { connection, signal, log, id, steadyMs: ageOf(startedAt), advice })
}

/** Milliseconds since a container was started, by its engine's clock. */
export const ageOf = (startedAt: string): number => Math.max(0, Date.now() - Date.parse(startedAt)) || 0
