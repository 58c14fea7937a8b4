import { setTimeout as delay } from 'node:timers/promises'
import { type CallOptions, call, type EngineAccess } from './engine-access.ts'
import { DockerError } from './error.ts'
import type { ContainerInspect } from './wire.ts'

export type HealthWaitOptions = CallOptions & {
  /** Milliseconds between looks; 200 when absent. */
  intervalMs?: number
  /** Milliseconds that a container without a healthcheck must have been running; 0 when absent. */
  settleMs?: number
}

const HEALTH_TIMEOUT_MS = 120_000
/** What waits for something else at its start may exit once or twice. */
const TOLERATED_RESTARTS = 2

/** Waits until a container's healthcheck succeeds or, when it has none, until it runs. */
export async function waitUntilHealthy(
  access: EngineAccess,
  inspect: (name: string, options?: CallOptions) => Promise<ContainerInspect | undefined>,
  name: string,
  { intervalMs = 200, settleMs = 0, ...options }: HealthWaitOptions,
): Promise<void> {
  const request = `wait for container ${name}`
  await call(access, { request, options, defaultTimeoutMs: HEALTH_TIMEOUT_MS }, async (signal) => {
    while (!isHealthy(request, await inspect(name, { signal }), settleMs))
      await delay(intervalMs, undefined, { signal })
  })
}

function isHealthy(request: string, container: ContainerInspect | undefined, settleMs: number): boolean {
  if (container === undefined) throw new DockerError('not_found', `${request}: it is gone`)
  const { State: state, Config: config, RestartCount } = container
  const health = state.Health?.Status
  if (health === 'unhealthy') {
    const output = state.Health?.Log?.at(-1)?.Output.trim()
    throw new DockerError('unhealthy', `${request}: it is unhealthy${output ? `: ${output}` : ''}`)
  }
  if (state.Status === 'exited' || state.Status === 'dead') {
    throw new DockerError(
      'exited',
      `${request}: it exited with code ${state.ExitCode}${state.Error && `: ${state.Error}`}`,
    )
  }
  if (RestartCount > TOLERATED_RESTARTS) {
    throw new DockerError('exited', `${request}: it keeps exiting with code ${state.ExitCode}`)
  }
  const isChecked = Boolean(config.Healthcheck?.Test?.length) && config.Healthcheck?.Test?.[0] !== 'NONE'
  if (isChecked) return health === 'healthy'
  return state.Status === 'running' && Date.now() - Date.parse(state.StartedAt) >= settleMs
}
