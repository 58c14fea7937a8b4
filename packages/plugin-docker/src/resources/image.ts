import { resolve } from 'node:path'
import { type Change, defineResource, type Owner, type PrepareContext } from '@lares/core'
import type * as z from 'zod'
import { type BuildOptions, canonicalImage, digestOf, type ImageInspect, isDockerError } from '../client/index.ts'
import { type DockerConnection, dockerProvider } from '../provider.ts'
import {
  build,
  builtFrom,
  type Ingredients,
  ingredientsOf,
  isBuiltBy,
  refuseForeign,
  removeFormer,
} from './image/build.ts'
import { progressLog } from './image/progress.ts'
import { imageAttributes, imageInputs } from './image/schema.ts'
import { imageInUse } from './outdated.ts'

type Inputs = z.output<typeof imageInputs>
type Attributes = z.input<typeof imageAttributes>

/** What a plan compares with: what the registry has, or what a build would be made from. */
export interface Prepared {
  digest?: string
  ingredients?: Ingredients
}

const referenceOf = ({ image, tag }: Inputs, { lab, address }: Owner): string =>
  canonicalImage(image ?? tag ?? `${lab}-${address}`.toLowerCase())

const repositoryOf = (reference: string): string => reference.replace(/@.*$/, '').replace(/:[^/]*$/, '')

function attributesOf(image: ImageInspect, reference: string, digest?: string): Attributes {
  const known = digest ?? digestOf(image, repositoryOf(reference))
  const built = builtFrom(image.Config?.Labels)
  return {
    id: image.Id,
    reference,
    ...(known === undefined ? {} : { digest: known }),
    platform: [image.Os, image.Architecture, image.Variant].filter(Boolean).join('/'),
    size: image.Size,
    ...(built ? { built } : {}),
  }
}

const hasDigest = ({ RepoDigests }: ImageInspect, digest: string): boolean =>
  RepoDigests?.some((known) => known.endsWith(`@${digest}`)) ?? false

const buildOptions = ({ context, ...options }: NonNullable<Inputs['build']>): BuildOptions => ({
  directory: resolve(context),
  ...options,
})

interface Request {
  connection: DockerConnection
  inputs: Inputs
  prepared: Prepared | undefined
  owner: Owner
  signal: AbortSignal
  log(message: string): void
}

/** Pulls or builds, whatever is there already. */
async function bring(request: Request): Promise<Attributes> {
  const { connection, inputs, owner, signal, log } = request
  const reference = referenceOf(inputs, owner)
  if (inputs.build) {
    refuseForeign(reference, await connection.images.inspect(reference, { signal }), owner)
    const wanted = buildOptions(inputs.build)
    const made = request.prepared?.ingredients ?? (await ingredientsOf(wanted, signal))
    await build(request, reference, wanted, made)
  } else {
    log(`pulling ${reference}`)
    const { platform } = inputs
    await connection.known.pull(reference, { platform, signal, onProgress: progressLog(reference, log) })
  }
  const image = await connection.known.find(reference, signal)
  if (!image) throw new Error(`the engine does not have ${reference} although it was just made`)
  const digest = request.prepared?.digest
  return attributesOf(image, reference, digest !== undefined && hasDigest(image, digest) ? digest : undefined)
}

async function prepareImage(context: PrepareContext<Inputs, DockerConnection>): Promise<Prepared> {
  const { connection, inputs, owner, signal } = context
  if (inputs.build) return { ingredients: await ingredientsOf(buildOptions(inputs.build), signal) }
  if (inputs.pull !== 'always') return {}
  return { digest: await connection.known.registryDigest(referenceOf(inputs, owner), signal) }
}

/** An image. Taken as found: what was there before stays when it is no longer wanted. */
export const image = defineResource({
  type: 'docker.image',
  description: 'An image, pulled from a registry or built from a directory',
  proof: 'real',
  provider: dockerProvider,
  inputs: imageInputs,
  attributes: imageAttributes,
  ownership: 'asserted',
  createFirst: true,
  identity: referenceOf,
  readsInputs: true,
  timeouts: { create: '1h', update: '1h' },

  async read({ connection, identity, inputs, owner, recorded, signal }) {
    const found = await connection.known.find(identity, signal)
    if (!found) return null
    // An image under this name that is not the one asked for is no reason to be content with it.
    if (inputs?.build && !isBuiltBy(found.Config?.Labels, owner) && !recorded) return null
    if (inputs?.pull !== 'always') return attributesOf(found, identity)
    const digest = await connection.known.registryDigest(identity, signal)
    const isCurrent = hasDigest(found, digest)
    if (!isCurrent && !recorded) return null
    return attributesOf(found, identity, isCurrent ? digest : undefined)
  },

  prepare: prepareImage,

  diff({ desired, observed, prepared, recordedPrepared }) {
    const wanted = { ...prepared, ...prepared?.ingredients }
    const before = { ...recordedPrepared, ...recordedPrepared?.ingredients }
    const change = (
      path: string,
      from: string | undefined,
      to: string | undefined,
      was: string | undefined,
      note: string,
    ) =>
      to === undefined || to === from
        ? []
        : [
            {
              path,
              ...(from ? { before: from } : {}),
              after: to,
              effect: 'replace',
              cause: to === was ? 'drifted' : 'changed',
              note,
            } satisfies Change,
          ]
    const { platform } = desired as Partial<Inputs>
    const isPlatform = !platform || observed.platform === platform || observed.platform.startsWith(`${platform}/`)
    return [
      ...change('digest', observed.digest, wanted.digest, before.digest, 'the tag has moved'),
      ...change('build.context', observed.built?.context, wanted.context, before.context, 'files of the context'),
      ...change(
        'build',
        observed.built?.options,
        wanted.options,
        before.options,
        'arguments, target, labels or platform',
      ),
      ...(isPlatform ? [] : change('platform', observed.platform, platform, undefined, 'another platform')),
    ]
  },

  create: bring,
  replace: bring,

  async delete(context) {
    const { connection, observed, signal, log } = context
    try {
      await connection.images.remove(observed.reference, { signal })
    } catch (error) {
      if (!isDockerError(error, 'in_use', 'conflict')) throw error
      log(`${observed.reference} stays on the engine: a container uses it`)
    }
    connection.known.forget(observed.reference)
    if (observed.built) await removeFormer(context)
  },

  async list(connection, signal) {
    const listed = await connection.images.list({ signal })
    const references = listed.flatMap(({ tags }) => tags)
    const inspected = await Promise.all(references.map((tag) => connection.known.find(tag, signal)))
    return references.flatMap((reference, index) => {
      const found = inspected[index]
      if (!found) return []
      return [{ identity: reference, name: repositoryOf(reference), attributes: attributesOf(found, reference) }]
    })
  },

  inputsOf: ({ reference }) => ({ image: reference }),
  outdated: (context) => imageInUse(context, { reference: context.observed.reference, id: context.observed.id }),
})
