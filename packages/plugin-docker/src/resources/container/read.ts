import type { ReadContext } from '@lares/core'
import type { ContainerInspect, ContainerSpec, ContainerSummary } from '../../client/index.ts'
import type { DockerConnection } from '../../provider.ts'
import { isOfLab } from '../owner.ts'
import { attributesOf, withoutFormerSecrets } from './attributes.ts'
import { partialSpec } from './options.ts'
import type { ContainerAttributes, ContainerInputs } from './schema.ts'

/** The name of a new container until it takes the place of the old one. */
export const nextName = (name: string): string => `${name}.lares-next`

type Context = ReadContext<ContainerInputs, ContainerAttributes, DockerConnection>

/** One list for all of them, and an inspect for each that is there. */
export async function readContainers(contexts: readonly Context[]): Promise<(ContainerAttributes | null | Error)[]> {
  const [{ connection, signal }] = contexts as [Context]
  const listed = await connection.containers.list({ signal })
  const byName = new Map(listed.map((summary) => [summary.name, summary]))
  return await Promise.all(
    contexts.map((context) => readOne(context, byName).catch((error: unknown) => error as Error)),
  )
}

async function readOne(
  { connection, identity, inputs, recorded, owner, signal }: Context,
  byName: ReadonlyMap<string, ContainerSummary>,
): Promise<ContainerAttributes | null> {
  const next = byName.get(nextName(identity))
  const unfinished = next && isOfLab(next.labels, owner) ? next.id : undefined
  const id = byName.get(identity)?.id ?? unfinished
  const container = id === undefined ? undefined : await connection.containers.inspect(id, { signal })
  if (!container) return null
  const wanted: Partial<ContainerSpec> = inputs ? partialSpec(inputs).spec : ((recorded ?? {}) as ContainerSpec)
  const attributes = await describe(connection, container, { name: identity, wanted, unfinished, signal })
  return withoutFormerSecrets(attributes, recorded, wanted)
}

interface Description {
  name: string
  wanted: Partial<ContainerSpec>
  unfinished?: string | undefined
  signal: AbortSignal
}

/** An image that was removed by force tells nothing about its containers any more. */
const NOTHING = { Config: null, Os: '', Architecture: '' }

/** The attributes of a container that was inspected. */
export async function describe(
  connection: DockerConnection,
  container: ContainerInspect,
  { name, wanted, unfinished, signal }: Description,
): Promise<ContainerAttributes> {
  const [image, defaults] = await Promise.all([
    connection.known.find(container.Image, signal),
    connection.engine.defaults({ signal }),
  ])
  return attributesOf({ container, image: image ?? NOTHING, defaults, name, wanted, unfinished })
}

/** The attributes of a container that was just made or changed. */
export async function readBack(
  connection: DockerConnection,
  id: string,
  inputs: ContainerInputs,
  name: string,
  signal: AbortSignal,
): Promise<ContainerAttributes> {
  const container = await connection.containers.inspect(id, { signal })
  if (!container) throw new Error(`the container ${name} is gone although it was just made`)
  return await describe(connection, container, { name, wanted: partialSpec(inputs).spec, signal })
}

/** Every container of an engine, as one that nobody declared. */
export async function listContainers(connection: DockerConnection, signal: AbortSignal) {
  const listed = await connection.containers.list({ signal })
  const found = await Promise.all(
    listed.map(async ({ id, name }) => {
      const container = await connection.containers.inspect(id, { signal })
      return (
        container && {
          identity: name,
          name,
          attributes: await describe(connection, container, { name, wanted: {}, signal }),
        }
      )
    }),
  )
  return found.filter((each) => each !== undefined)
}
