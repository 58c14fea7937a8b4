import type { Lifecycle } from '@lares/core'
import type { DockerConnection } from '../../provider.ts'
import { startProject, stopProject } from './actions.ts'
import type { ComposeAttributes, ComposeInputs } from './schema.ts'

/** In the order of its services, as Compose has it, with their hooks. */
export const composeLifecycle: Lifecycle<ComposeInputs, ComposeAttributes, DockerConnection, unknown> = {
  isRunning: ({ services }) =>
    Object.values(services).some(({ containers }) =>
      containers.some(({ state }) => state === 'running' || state === 'restarting' || state === 'paused'),
    ),
  stop: (context) => stopProject(context, {}),
  start: (context) => startProject(context, undefined),
}
