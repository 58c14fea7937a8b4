import type { Lifecycle } from '@lares/core'
import type { DockerConnection } from '../../provider.ts'
import { isDone } from './diff.ts'
import type { ContainerAttributes, ContainerInputs } from './schema.ts'

/** Gracefully: its stop signal, and its stop timeout before it is killed. */
export const containerLifecycle: Lifecycle<ContainerInputs, ContainerAttributes, DockerConnection, unknown> = {
  isRunning: ({ state }) => state === 'running' || state === 'restarting' || state === 'paused',
  isWanted: ({ restart }, observed) => observed === undefined || !isDone(restart, observed),
  loses: ({ passing }) =>
    passing ? 'the container and what is in it: it was made with --rm, and removes itself when it stops' : undefined,
  stop: ({ connection, observed: { id }, signal }) => connection.containers.stop(id, { signal }),
  start: ({ connection, observed: { id }, signal }) => connection.containers.start(id, { signal }),
}
