import { type Diagnostic, equal, hasErrors } from '@lares/core'
import {
  type ContainerSpec,
  canonicalOptions,
  type DockerClient,
  isDockerError,
  observedOptions,
} from '../../src/client/index.ts'
import { withoutComposeLabels } from '../../src/compose/translate/labels.ts'
import type { Parts } from '../../src/compose/translate/parts.ts'
import type { Case } from '../compose/cases/case.ts'
import { withProject } from '../compose/project-files.ts'
import { exclusively, scarce } from './running.ts'
import {
  createWithCompose,
  createWithLares,
  type Inspected,
  inspectProject,
  providePaths,
  removeProject,
  translate,
} from './sides.ts'

/** What came of it, or why it was refused. */
export type Side = { refusal?: string; inspected?: Inspected; surprises?: Surprise[] }

export type BothSides = { theirs: Side; ours: Side & { diagnostics: Diagnostic[] } }

/** An option of a container that a plan would change although it was just made as wanted. */
export type Surprise = { container: string; option: string; observed: unknown; wanted: unknown }

/** Brings a project up with Docker Compose, and after it is gone with Lares. */
export function bothSides(
  client: DockerClient,
  test: Case & { projectName: string },
  signal: AbortSignal,
): Promise<BothSides> {
  return exclusively(scarce(test), () =>
    withProject(test, async (project) => {
      const { parts, diagnostics } = await translate({ ...project.load, signal }, client.apiVersion)
      if (parts) await providePaths(parts, project.directory)
      const theirs = await side(client, test.projectName, parts, () => createWithCompose(project, signal), signal)
      if (parts === undefined || hasErrors(diagnostics)) {
        const refusal = diagnostics.filter(({ severity }) => severity === 'error').map(({ summary }) => summary)
        return { theirs, ours: { refusal: refusal.join('\n'), diagnostics } }
      }
      const create = () =>
        createWithLares(client, parts, signal).then(
          () => undefined,
          (error: Error) => {
            if (isDockerError(error)) return error.message
            throw error
          },
        )
      return { theirs, ours: { ...(await side(client, test.projectName, parts, create, signal)), diagnostics } }
    }),
  )
}

async function side(
  client: DockerClient,
  name: string,
  parts: Parts | undefined,
  create: () => Promise<string | undefined>,
  signal: AbortSignal,
): Promise<Side> {
  try {
    const refusal = await create()
    if (refusal !== undefined) return { refusal }
    const inspected = await inspectProject(client, name, parts, signal)
    return { inspected, ...(parts && { surprises: await surprises(client, parts, inspected) }) }
  } finally {
    await removeProject(client, name)
  }
}

async function surprises(client: DockerClient, { services }: Parts, { containers }: Inspected): Promise<Surprise[]> {
  const defaults = await client.engine.defaults()
  const names = new Map(Object.values(containers).map(({ Id, Name }) => [Id, Name.slice(1)]))
  const found: Surprise[] = []
  for (const { name, options } of services.flatMap((service) => service.containers)) {
    const container = containers[name]
    const image = container && (await client.images.inspect(container.Image))
    if (container === undefined || image === undefined) throw new Error(`${name} or its image is not there`)
    const wanted = plain(canonicalOptions(options))
    const context = { image, defaults, wanted, nameOf: (id: string) => names.get(id), madeAsWanted: true }
    const observed = plain(observedOptions(container, context))
    for (const option of new Set([...Object.keys(wanted), ...Object.keys(observed)]) as Set<keyof ContainerSpec>) {
      if (equal(observed[option], wanted[option])) continue
      found.push({ container: name, option, observed: observed[option], wanted: wanted[option] })
    }
  }
  return found
}

const plain = (spec: ContainerSpec): ContainerSpec => ({ ...spec, labels: withoutComposeLabels(spec.labels) })
