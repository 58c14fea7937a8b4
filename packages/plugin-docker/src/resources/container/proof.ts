import { healthTime, isDockerError } from '../../client/index.ts'
import { isHealthy } from '../../client/wait.ts'
import type { DockerConnection } from '../../provider.ts'
import { askChecks } from '../checks/ask-checks.ts'
import type { NumberedCheck } from '../checks/probe.ts'
import { isDone } from './diff.ts'
import type { ContainerInputs } from './schema.ts'

/** How long a container without a healthcheck must have been running to be taken for good. */
const SETTLE_MS = 500
/** How long it may take to come up, beside what its healthcheck takes. */
const START_MS = 60_000

interface Proof {
  connection: DockerConnection
  inputs: ContainerInputs
  signal: AbortSignal
  log(message: string): void
  checks?: readonly NumberedCheck[]
}

/** Resolves when a new container is healthy, or up, or done with what it is for. */
export async function provenUp(proof: Proof, name: string): Promise<void> {
  const { signal } = proof
  const { containers } = proof.connection
  const inspect = await containers.inspect(name, { signal })
  const timeoutMs = START_MS + ((inspect && healthTime(inspect)) ?? 0)
  await unlessDone(proof, name, () => containers.waitHealthy(name, { settleMs: SETTLE_MS, timeoutMs, signal }))
}

/** Resolves when the checks of a new container are good. The old one is stopped, or it might be what answers. */
export async function provenGood(proof: Proof, id: string, name: string): Promise<void> {
  const { connection, checks = [], signal, log } = proof
  const hopeful = (ended: AbortSignal) =>
    unlessDone(proof, name, async () => {
      const inspect = await connection.containers.inspect(name, { signal: ended })
      isHealthy(`wait for container ${name}`, inspect, 0)
    })
  await askChecks(checks, { connection, signal, log, id, hopeful })
}

/** Looks at a container: that it has ended is no failure of one that has done what it was for. */
export async function unlessDone(
  { connection: { containers }, inputs: { restart }, signal }: Pick<Proof, 'connection' | 'inputs' | 'signal'>,
  name: string,
  look: () => Promise<void>,
): Promise<void> {
  try {
    await look()
  } catch (error) {
    const state = isDockerError(error, 'exited') ? (await containers.inspect(name, { signal }))?.State : undefined
    if (!state || !isDone(restart, { state: state.Status, exitCode: state.ExitCode })) throw error
  }
}
