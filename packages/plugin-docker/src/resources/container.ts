import { defineResource, type PrepareContext } from '@lares/core'
import { isDockerError } from '../client/index.ts'
import { type DockerConnection, dockerProvider } from '../provider.ts'
import { containerActions } from './container/actions.ts'
import { updateContainer } from './container/change.ts'
import { claimsOf, needsOf } from './container/claims.ts'
import { createContainer } from './container/create.ts'
import { deleteContainer } from './container/delete.ts'
import { diffContainer, isDone, type Prepared } from './container/diff.ts'
import { containerHealth } from './container/health.ts'
import { nameOf } from './container/options.ts'
import { listContainers, readContainers } from './container/read.ts'
import { type ContainerInputs, containerAttributes, containerInputs } from './container/schema.ts'
import { swapContainer } from './container/swap.ts'
import { imageInUse } from './outdated.ts'

/** How long a container without a healthcheck must have been running before others rely on it. */
const SETTLE_MS = 300
const DAY_MS = 86_400_000

/** A tag that was moved is a change. */
async function prepareContainer(context: PrepareContext<ContainerInputs, DockerConnection>): Promise<Prepared> {
  const { connection, inputs, signal } = context
  return { imageId: (await connection.known.find(inputs.image, signal))?.Id ?? null }
}

/** A running container. What the engine cannot change in place is changed by a swap that keeps the old one until the new one is good. */
export const container = defineResource({
  type: 'docker.container',
  description: 'A container',
  proof: 'real',
  provider: dockerProvider,
  inputs: containerInputs,
  attributes: containerAttributes,
  identity: nameOf,
  readsInputs: true,
  owner: ({ owner }) => owner,
  predict: (inputs, owner) => ({ name: nameOf(inputs, owner) }),
  claims: claimsOf,
  needs: needsOf,

  readMany: readContainers,

  prepare: prepareContainer,
  diff: diffContainer,
  create: createContainer,
  update: updateContainer,
  replace: swapContainer,
  delete: deleteContainer,

  async ready({ connection, inputs: { restart }, attributes, signal }) {
    const { id, state, health } = attributes
    if (isDone(restart, attributes) || (state === 'running' && health === 'healthy')) return
    try {
      await connection.containers.waitHealthy(id, { settleMs: SETTLE_MS, timeoutMs: DAY_MS, signal })
    } catch (error) {
      const ended = isDockerError(error, 'exited')
        ? (await connection.containers.inspect(id, { signal }))?.State
        : undefined
      if (!ended || !isDone(restart, { state: ended.Status, exitCode: ended.ExitCode })) throw error
    }
  },

  actions: containerActions,
  health: containerHealth,
  outdated: (context) => imageInUse(context, { reference: context.observed.image, id: context.observed.imageId }),
  list: listContainers,
  inputsOf: ({
    id,
    imageId,
    state,
    exitCode,
    health,
    ip,
    addresses,
    published,
    anonymousVolumes,
    unfinished,
    owner,
    ...said
  }) => said,
})
