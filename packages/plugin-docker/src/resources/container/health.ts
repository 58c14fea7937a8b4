import type { Health, InquiryContext } from '@lares/core'
import type { ContainerInspect, ContainerState } from '../../client/index.ts'
import { restartFromEngine } from '../../client/options/restart.ts'
import type { DockerConnection } from '../../provider.ts'
import { isDone } from './diff.ts'
import type { ContainerAttributes, ContainerInputs } from './schema.ts'

/** How long the engine takes a container to be one that keeps exiting. */
const SETTLED_MS = 10_000
const OUTPUT = 100

export async function containerHealth({
  connection,
  observed,
  signal,
}: InquiryContext<ContainerInputs, ContainerAttributes, DockerConnection>): Promise<Health> {
  const container = await connection.containers.inspect(observed.id, { signal })
  return container ? healthOf(container) : { state: 'down', summary: 'gone' }
}

/** How a container is doing by what the engine says of it. */
export function healthOf({ State: state, HostConfig, RestartCount: restarts }: ContainerInspect): Health {
  const { Status: status, ExitCode: exitCode, StartedAt, FinishedAt } = state
  if (status === 'running') return { ...runningHealth(state, restarts), ...sinceOf(StartedAt) }
  if (status === 'restarting') {
    const summary = `restarting${againOf(restarts)}: ${exitOf(state)}`
    return { state: 'down', summary, ...sinceOf(FinishedAt) }
  }
  if (status !== 'exited') return { state: 'down', summary: state.Error ? `${status}: ${state.Error}` : status }
  const isOver = isDone(restartFromEngine(HostConfig.RestartPolicy), { state: status, exitCode })
  return { state: isOver ? 'healthy' : 'down', summary: exitOf(state), ...sinceOf(FinishedAt) }
}

function runningHealth({ Health: check, StartedAt }: ContainerState, restarts: number): Health {
  const again = againOf(restarts)
  if (check?.Status === 'unhealthy') {
    const output = check.Log?.at(-1)?.Output.trim().split('\n')[0]?.slice(0, OUTPUT)
    return { state: 'degraded', summary: `unhealthy${output ? `: ${output}` : ''}${again}` }
  }
  if (check?.Status === 'starting') return { state: 'starting', summary: `running, not healthy yet${again}` }
  const isSettled = restarts === 0 || Date.now() - Date.parse(StartedAt) > SETTLED_MS
  const summary = `${check?.Status === 'healthy' ? 'healthy' : 'running'}${again}`
  return { state: isSettled ? 'healthy' : 'degraded', summary }
}

const againOf = (restarts: number): string => (restarts > 0 ? `, ${restarts} restart${restarts === 1 ? '' : 's'}` : '')

const exitOf = ({ ExitCode, OOMKilled, Error: reason }: ContainerState): string =>
  [`exited with code ${ExitCode}`, OOMKilled ? 'out of memory' : '', reason].filter(Boolean).join(', ')

/** The engine writes the year 1 for what has not happened. */
const sinceOf = (time: string): { since?: string } => (time.startsWith('0001-') ? {} : { since: time })
