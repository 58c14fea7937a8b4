import type { PrepareContext } from '@lares/core'
import type { ImagePart, Parts } from '../../compose/translate/parts.ts'
import type { DockerConnection } from '../../provider.ts'
import { ingredientsOf } from '../image/build.ts'
import { readParts } from './files.ts'
import { observe } from './memory.ts'
import { checkNames, missingOf } from './names.ts'
import type { PartChange } from './operations.ts'
import { type KnownImage, reconcile, type Wanted } from './reconcile.ts'
import { type ComposeInputs, projectOf } from './schema.ts'

type Context = Pick<
  PrepareContext<ComposeInputs, DockerConnection>,
  'connection' | 'inputs' | 'owner' | 'signal' | 'warn'
>

/** Reads the files and says what is to be done: no values that may be secret, because it is recorded. */
export async function prepareProject(context: Context): Promise<{ changes: PartChange[] }> {
  const { connection, inputs, owner, signal, warn } = context
  const project = projectOf(inputs, owner)
  const parts = await readParts(inputs, owner, context)
  const [images, found] = await Promise.all([
    imagesOf(parts, connection, signal),
    connection.projects.found.get(project) ?? observe(connection, [project], signal).then(([one]) => one!),
  ])
  checkNames(parts, found, owner)
  for (const missing of missingOf(parts, found)) warn(missing)
  const wanted: Wanted = { parts, images }
  connection.projects.wanted.set(owner.address, wanted)
  return { changes: reconcile(wanted, found).map(({ change }) => change) }
}

/** What is known of the image of each service. */
export async function imagesOf(
  { services }: Parts,
  connection: DockerConnection,
  signal: AbortSignal,
): Promise<Map<string, KnownImage>> {
  const known = await Promise.all(
    services.map(async ({ name, image }) => [name, await knownImage(image, connection, signal)] as const),
  )
  return new Map(known)
}

async function knownImage(
  { reference, pull, build }: ImagePart,
  { known }: DockerConnection,
  signal: AbortSignal,
): Promise<KnownImage> {
  const [image, ingredients, digest] = await Promise.all([
    known.find(reference, signal),
    build && ingredientsOf(build, signal),
    build === undefined && pull === 'always' ? known.registryDigest(reference, signal) : undefined,
  ])
  return { image, ...(ingredients && { ingredients }), ...(digest === undefined ? {} : { digest }) }
}
