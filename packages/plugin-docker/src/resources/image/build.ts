import { createHash } from 'node:crypto'
import { canonical, fail, type Owner } from '@lares/core'
import { type BuildOptions, buildContext, type ImageInspect, isDockerError } from '../../client/index.ts'
import type { DockerConnection } from '../../provider.ts'
import { progressLog } from './progress.ts'

// Not the marks of other objects: a container has the labels of its image, and would seem to be ours.
const LABEL = 'dev.lares.build.'
const LAB = `${LABEL}lab`
const ADDRESS = `${LABEL}address`
const CONTEXT = `${LABEL}context`
const OPTIONS = `${LABEL}options`

type Labels = Readonly<Record<string, string>> | null | undefined

/** Digests of everything that a build is made from. */
export interface Ingredients {
  context: string
  options: string
}

export async function ingredientsOf(request: BuildOptions, signal: AbortSignal): Promise<Ingredients> {
  const { directory, dockerfile, dockerfileInline, tags: _, ...options } = request
  const files = await buildContext({ directory, dockerfile, dockerfileInline }, signal)
  const hash = createHash('sha256').update(canonical({ ...options, dockerfile: files.dockerfile }))
  return { context: await files.digest(signal), options: `sha256:${hash.digest('hex')}` }
}

/** What an image says it was built from; undefined when no lab built it. */
export const builtFrom = (labels: Labels): Ingredients | undefined =>
  labels?.[CONTEXT] === undefined ? undefined : { context: labels[CONTEXT], options: labels[OPTIONS] ?? '' }

export const isBuiltBy = (labels: Labels, owner: Owner): boolean =>
  labels?.[LAB] === owner.lab && labels?.[ADDRESS] === owner.address

export interface BuildRequest {
  connection: DockerConnection
  owner: Owner
  signal: AbortSignal
  log(message: string): void
}

/** What carries the name of somebody else's image is not built. */
export function refuseForeign(tag: string, present: ImageInspect | undefined, owner: Owner): void {
  if (!present || present.Config?.Labels?.[LAB] === owner.lab) return
  fail({
    code: 'already_exists',
    address: owner.address,
    summary: `There is an image "${tag}" that this lab did not build`,
    advice: 'Give this one another tag, or remove that one by hand.',
  })
}

/** Builds under a tag; drops what it named before and nobody uses. */
export async function build(
  request: BuildRequest,
  tag: string,
  wanted: BuildOptions,
  made: Ingredients,
): Promise<void> {
  const { connection, owner, signal, log } = request
  log(`building ${tag}`)
  await connection.images.build({
    ...wanted,
    tags: [tag, ...(wanted.tags ?? [])],
    labels: {
      ...wanted.labels,
      [LAB]: owner.lab,
      [ADDRESS]: owner.address,
      [CONTEXT]: made.context,
      [OPTIONS]: made.options,
    },
    signal,
    onProgress: progressLog(tag, log),
  })
  connection.known.forget(tag)
  await removeFormer(request)
}

/** Removes untagged images of former builds that no container uses. */
export async function removeFormer({ connection, owner, signal }: BuildRequest): Promise<void> {
  const built = await connection.images.list({ labels: { [LAB]: owner.lab, [ADDRESS]: owner.address }, signal })
  for (const { id, tags } of built) {
    if (tags.length > 0) continue
    try {
      await connection.images.remove(id, { signal })
    } catch (error) {
      if (!isDockerError(error, 'in_use', 'conflict')) throw error
    }
  }
}
