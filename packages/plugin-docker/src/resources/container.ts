import { defineResource, type PrepareContext } from '@lares/core'
import { type DockerConnection, dockerProvider } from '../provider.ts'
import { checkChanges } from './checks/changes.ts'
import { numbered } from './checks/probe.ts'
import { containerActions } from './container/actions.ts'
import { updateContainer } from './container/change.ts'
import { claimsOf, needsOf } from './container/claims.ts'
import { createContainer } from './container/create.ts'
import { deleteContainer } from './container/delete.ts'
import { diffContainer, type Prepared } from './container/diff.ts'
import { containerHealth } from './container/health.ts'
import { containerLifecycle } from './container/lifecycle.ts'
import { nameOf } from './container/options.ts'
import { listContainers, readContainers } from './container/read.ts'
import { isReady } from './container/ready.ts'
import { type ContainerInputs, containerAttributes, containerInputs } from './container/schema.ts'
import { swapContainer } from './container/swap.ts'
import { imageInUse } from './outdated.ts'

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
  diff: (context) => [...diffContainer(context), ...checkChanges(context)],
  create: createContainer,
  update: updateContainer,
  replace: (context) => swapContainer({ ...context, checks: numbered(context.inputs.checks) }),
  delete: deleteContainer,

  ready: isReady,

  actions: containerActions,
  lifecycle: containerLifecycle,
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
