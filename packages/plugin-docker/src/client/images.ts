import { orUndefined } from './absence.ts'
import { type BuildOptions, buildImage } from './build.ts'
import { type CallOptions, call, type EngineAccess } from './engine-access.ts'
import { DockerError, isDockerError } from './error.ts'
import { labelFilter } from './events.ts'
import { canonicalImage, formatRepository, isImageId, parseImageReference } from './notation/image-reference.ts'
import type { RegistryCredential, RegistryCredentials } from './registry-auth.ts'
import { followProgress, type ProgressLine } from './streams.ts'
import type { ImageInspect } from './wire.ts'

/** An image as a list shows it; sizes in bytes. */
export type ImageSummary = {
  id: string
  tags: string[]
  digests: string[]
  labels: Record<string, string>
  size: number
  createdAt: Date
}

export type TransferOptions = CallOptions & {
  /** `linux/arm64`; the engine's own when absent. */
  platform?: string | undefined
  onProgress?: ((line: ProgressLine) => void) | undefined
  /** In place of the client's own credentials. */
  credential?: RegistryCredential | undefined
}

/** An image on the engine. `digest` is its registry's (`sha256:…`), absent for one that never was in a registry. */
export type PulledImage = { id: string; digest?: string }

export type Images = {
  list(options?: CallOptions & { labels?: Record<string, string>; all?: boolean }): Promise<ImageSummary[]>
  /** The image of this reference or id, or undefined when the engine does not have it. */
  inspect(reference: string, options?: CallOptions): Promise<ImageInspect | undefined>
  /** @throws DockerError `no_such_image`, `unauthorized`, `no_space`; 30 minutes when no limit is given */
  pull(reference: string, options?: TransferOptions): Promise<PulledImage>
  /** The digest that a registry has for a reference now; nothing is pulled. */
  registryDigest(reference: string, options?: Omit<TransferOptions, 'onProgress' | 'platform'>): Promise<string>
  /** @returns the digest that the registry gave it */
  push(reference: string, options?: Omit<TransferOptions, 'platform'>): Promise<string | undefined>
  /** @returns the image's id. @throws DockerError `build_failed` with the output of the failed step; an hour when no limit is given */
  build(options: BuildOptions): Promise<string>
  tag(source: string, target: string, options?: CallOptions): Promise<void>
  /** False when it was gone. @throws DockerError `in_use` */
  remove(reference: string, options?: CallOptions & { force?: boolean; keepParents?: boolean }): Promise<boolean>
}

type ListedImage = {
  Id: string
  RepoTags: string[] | null
  RepoDigests: string[] | null
  Labels: Record<string, string> | null
  Size: number
  Created: number
}

const TRANSFER_TIMEOUT_MS = 30 * 60_000

export function imagesOf(access: EngineAccess, credentials: RegistryCredentials): Images {
  const { docker, streaming } = access
  const inspect = (reference: string, options: CallOptions = {}): Promise<ImageInspect | undefined> =>
    orUndefined(
      call<ImageInspect>(access, { request: `inspect image ${reference}`, options, repeatable: true }, (abortSignal) =>
        docker.getImage(reference).inspect({ abortSignal }),
      ),
    )
  const credentialFor = async (reference: string, { credential, signal }: TransferOptions) =>
    credential ?? (await credentials(parse(reference).domain, signal)) ?? {}

  return {
    inspect,
    async list({ labels = {}, all = false, ...options } = {}) {
      const query = { all, filters: JSON.stringify({ label: labelFilter(labels) }) }
      const listed = await call<ListedImage[]>(
        access,
        { request: 'list images', options, repeatable: true },
        (abortSignal) => docker.listImages({ ...query, abortSignal }),
      )
      return listed.map(toSummary)
    },
    async pull(reference, options = {}) {
      const request = `pull ${reference}`
      const { tag, digest, ...repository } = parse(reference)
      const name = formatRepository(repository)
      const query = {
        fromImage: name,
        tag: digest ?? tag,
        ...(options.platform !== undefined && { platform: options.platform }),
      }
      const auth = await credentialFor(reference, options)
      let reported: string | undefined
      await call(access, { request, options, defaultTimeoutMs: TRANSFER_TIMEOUT_MS }, async (abortSignal) => {
        const stream = await streaming.createImage(auth, { ...query, abortSignal })
        await followProgress(request, stream, (line) => {
          reported = /^Digest: (\S+)/.exec(line.status ?? '')?.[1] ?? reported
          options.onProgress?.(line)
        })
      })
      const image = await inspect(digest === undefined ? `${name}:${tag}` : `${name}@${digest}`, options)
      if (image === undefined)
        throw new DockerError('no_such_image', `${request}: the engine does not have it afterwards`)
      const known = reported ?? digestOf(image, name)
      return { id: image.Id, ...(known !== undefined && { digest: known }) }
    },
    async registryDigest(reference, options = {}) {
      const authconfig = await credentialFor(reference, options)
      const answer = await call<{ Descriptor: { digest: string } }>(
        access,
        { request: `ask the registry for ${reference}`, options, repeatable: true },
        () => docker.getImage(canonicalImage(reference)).distribution({ authconfig }),
      )
      return answer.Descriptor.digest
    },
    async push(reference, options = {}) {
      const request = `push ${reference}`
      const { tag, ...repository } = parse(reference)
      const authconfig = await credentialFor(reference, options)
      let digest: string | undefined
      await call(access, { request, options, defaultTimeoutMs: TRANSFER_TIMEOUT_MS }, async (abortSignal) => {
        const image = streaming.getImage(formatRepository(repository))
        const stream = await image.push({ tag, authconfig, abortSignal })
        await followProgress(request, stream, (line) => {
          digest = line.aux?.Digest ?? digest
          options.onProgress?.(line)
        })
      })
      return digest
    },
    build: (options) => buildImage(access, credentials, options),
    async tag(source, target, options = {}) {
      const { tag, ...repository } = parse(target)
      await call(access, { request: `tag ${source} as ${target}`, options }, (abortSignal) =>
        docker.getImage(source).tag({ repo: formatRepository(repository), tag, abortSignal }),
      )
    },
    async remove(reference, { force = false, keepParents = false, ...options } = {}) {
      try {
        await call(access, { request: `remove image ${reference}`, options }, (abortSignal) =>
          docker.getImage(reference).remove({ force, noprune: keepParents, abortSignal }),
        )
        return true
      } catch (error) {
        if (isDockerError(error, 'no_such_image', 'not_found')) return false
        throw error
      }
    },
  }
}

function parse(reference: string) {
  if (isImageId(reference)) {
    throw new DockerError('invalid', `${reference} is the id of one engine's image, no reference that a registry knows`)
  }
  try {
    return parseImageReference(reference)
  } catch (error) {
    throw new DockerError('invalid', (error as Error).message, { cause: error })
  }
}

/** The digest under which an image came from a repository. */
export function digestOf(image: Pick<ImageInspect, 'RepoDigests'>, repository: string): string | undefined {
  return image.RepoDigests?.find((digest) => digest.startsWith(`${repository}@`))?.split('@')[1]
}

const toSummary = (listed: ListedImage): ImageSummary => ({
  id: listed.Id,
  tags: (listed.RepoTags ?? []).filter((tag) => tag !== '<none>:<none>'),
  digests: (listed.RepoDigests ?? []).filter((digest) => !digest.startsWith('<none>')),
  labels: listed.Labels ?? {},
  size: listed.Size,
  createdAt: new Date(listed.Created * 1000),
})
