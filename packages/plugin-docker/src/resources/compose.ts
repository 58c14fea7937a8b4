import { type Change, defineResource, isUnknown, type UpdateContext } from '@lares/core'
import { type DockerConnection, dockerProvider } from '../provider.ts'
import { checkChanges } from './checks/changes.ts'
import { numbered } from './checks/probe.ts'
import { composeActions } from './compose/actions.ts'
import { projectAttributes } from './compose/attributes.ts'
import { carryOut } from './compose/carry-out.ts'
import { deleteProject } from './compose/delete.ts'
import { projectHealth } from './compose/health.ts'
import { labels } from './compose/labels.ts'
import { composeLifecycle } from './compose/lifecycle.ts'
import { observe } from './compose/memory.ts'
import { claimsOf, type Prepared, withHistory } from './compose/plan.ts'
import { prepareProject } from './compose/prepare.ts'
import { isReady } from './compose/ready.ts'
import {
  type ComposeAttributes,
  type ComposeInputs,
  composeAttributes,
  composeInputs,
  projectOf,
} from './compose/schema.ts'
import { imageInUse } from './outdated.ts'

/** A whole Compose project, from the files that people have. */
export const compose = defineResource({
  type: 'docker.compose',
  description: 'A Compose project',
  proof: 'real',
  provider: dockerProvider,
  inputs: composeInputs,
  attributes: composeAttributes,
  identity: projectOf,
  owner: ({ owner }) => owner,
  predict: (inputs, owner) => ({ project: projectOf(inputs, owner) }),
  stateful: ({ volumes }) => Object.keys(volumes).map((key) => `volumes/${key}`),
  timeouts: { read: '2m', create: '1h', update: '1h' },

  async readMany(contexts) {
    const [{ connection, signal }] = contexts as [(typeof contexts)[number]]
    const found = await observe(connection, [...new Set(contexts.map(({ identity }) => identity))], signal)
    const byProject = new Map(found.map((one) => [one.project, one]))
    return contexts.map(({ identity }) => projectAttributes(byProject.get(identity)!))
  },

  claims: claimsOf,

  prepare: prepareProject,
  outline: ({ prepared }) => prepared?.changes ?? [],

  diff(context) {
    const { prepared, recordedAttributes, diff } = context
    if (prepared !== undefined)
      return [...prepared.changes.map((change) => withHistory(change, recordedAttributes)), ...checkChanges(context)]
    // What the files come to is not known before their variables are.
    const unknown = diff({ observed: {} }).filter(({ after }) => isUnknown(after))
    return unknown.map((change): Change => ({ ...change, effect: 'restart' }))
  },

  create: bring,
  update: bring,
  delete: deleteProject,
  ready: isReady,
  actions: composeActions,
  lifecycle: composeLifecycle,
  health: projectHealth,

  async outdated(context) {
    const services = Object.entries(context.observed.services)
    const found = services.map(([part, { image, imageId }]) =>
      imageInUse(context, { reference: image, id: imageId, part }),
    )
    return (await Promise.all(found)).flat()
  },

  async list(connection, signal) {
    const listed = await connection.containers.list({ labels: { [labels.project]: '' }, signal })
    const projects = [...new Set(listed.map((one) => one.labels[labels.project]!))].sort()
    const found = await observe(connection, projects, signal)
    return found.flatMap((one) => {
      const attributes = projectAttributes(one)
      return attributes ? [{ identity: one.project, name: one.project, attributes }] : []
    })
  },

  inputsOf: ({ project }) => ({ project }),
})

type Context = Pick<
  UpdateContext<ComposeInputs, ComposeAttributes, DockerConnection, unknown, Prepared>,
  'connection' | 'inputs' | 'owner' | 'signal' | 'log' | 'prepared'
>

async function bring(context: Context): Promise<ComposeAttributes> {
  const { connection, inputs, owner, prepared } = context
  const wanted = connection.projects.wanted.get(owner.address)
  if (!wanted) throw new Error('the project was not prepared')
  const found = await carryOut(
    { ...context, checks: numbered(inputs.checks) },
    projectOf(inputs, owner),
    wanted,
    prepared?.changes ?? [],
  )
  return projectAttributes(found) ?? { project: found.project, services: {}, networks: {}, volumes: {} }
}
