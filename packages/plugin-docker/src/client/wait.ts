import { setTimeout as delay } from 'node:timers/promises'
import { type CallOptions, call, type EngineAccess } from './engine-access.ts'
import { DockerError } from './error.ts'
import type { ContainerInspect, HealthConfig } from './wire.ts'

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

const SECOND_NS = 1e9
/** What the engine takes when a healthcheck does not say. */
const USUAL = { Interval: 30 * SECOND_NS, Timeout: 30 * SECOND_NS, Retries: 3 }

/**
 * The longest time that the engine takes to find out whether a container that runs is healthy, in milliseconds; undefined
 * when it has no healthcheck.
 */
export function healthTime({ Config: { Healthcheck: check } }: ContainerInspect): number | undefined {
  if (!isChecked(check)) return undefined
  const [interval, timeout] = [check.Interval || USUAL.Interval, check.Timeout || USUAL.Timeout]
  const probes = 1 + (check.Retries || USUAL.Retries)
  return ((check.StartPeriod ?? 0) + probes * (interval + timeout)) / 1e6
}

const isChecked = (check: HealthConfig | null | undefined): check is HealthConfig =>
  Boolean(check?.Test?.length) && check?.Test?.[0] !== 'NONE'

/**
 * Whether a container has been found good yet.
 * @throws DockerError when it never will be: `not_found`, `unhealthy`, `exited`
 */
export function isHealthy(request: string, container: ContainerInspect | undefined, settleMs: number): boolean {
  if (container === undefined) throw new DockerError('not_found', `${request}: it is gone`)
  const { State: state, Config: config, RestartCount } = container
  const health = state.Health?.Status
  // One that ended is called unhealthy too: how it ended tells more, and it may be started again.
  if (health === 'unhealthy' && state.Status === 'running') {
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
  if (isChecked(config.Healthcheck)) return health === 'healthy'
  return state.Status === 'running' && Date.now() - Date.parse(state.StartedAt) >= settleMs
}
