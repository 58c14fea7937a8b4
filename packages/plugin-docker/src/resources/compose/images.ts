import type { ImagePart, Parts, ServicePart } from '../../compose/translate/parts.ts'
import type { DockerConnection } from '../../provider.ts'
import { build, ingredientsOf } from '../image/build.ts'
import { progressLog } from '../image/progress.ts'
import type { Work } from './carry-out.ts'
import type { Operation } from './operations.ts'
import type { KnownImage, Wanted } from './reconcile.ts'
import type { Troubles } from './troubles.ts'

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

type ImageOperation = Extract<Operation, { kind: 'image' }>

/** Pulls and builds, and says which images could not be had. A new one may turn out to be the old one. */
export async function provideImages(
  work: Work,
  wanted: Wanted,
  operations: readonly ImageOperation[],
  troubles: Troubles,
): Promise<{ images: Wanted['images']; missing: ReadonlySet<string> }> {
  if (operations.length === 0) return { images: wanted.images, missing: new Set() }
  const provided = await Promise.all(
    operations.map(({ service }) =>
      troubles.watch(`image ${service.image.reference}`, () => provide(work, service, wanted.images)),
    ),
  )
  return {
    images: await imagesOf(wanted.parts, work.connection, work.signal),
    missing: new Set(operations.flatMap(({ service }, i) => (provided[i] ? [] : [service.image.reference]))),
  }
}

async function provide(work: Work, { name, image }: ServicePart, images: Wanted['images']): Promise<void> {
  const { connection, signal, log } = work
  const { reference, platform, build: wanted } = image
  const ingredients = images.get(name)?.ingredients
  if (wanted && ingredients) return await build(work, reference, wanted, ingredients)
  log(`pulling ${reference}`)
  await connection.known.pull(reference, { platform, signal, onProgress: progressLog(reference, log) })
}
