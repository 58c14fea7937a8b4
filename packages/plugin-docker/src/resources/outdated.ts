import type { InquiryContext, InUse } from '@lares/core'
import { isDockerError } from '../client/index.ts'
import { formatRepository, isImageId, parseImageReference } from '../client/notation/image-reference.ts'
import { newerTags } from '../client/registry/newer-tags.ts'
import { isInsecure, isLoopback, type RegistryConfig } from '../client/registry/origin.ts'
import { createRegistryClient } from '../client/registry/registry-client.ts'
import { tagVersion } from '../client/registry/tag-version.ts'
import type { DockerConnection } from '../provider.ts'

/** An image that an object is made from. */
export interface UsedImage {
  /** As the config names it. */
  reference: string
  /** The image's id on the engine. */
  id: string
  /** Of a composite: which part uses it. */
  part?: string
}

export type ImageContext = Pick<InquiryContext<never, never, DockerConnection>, 'connection' | 'once' | 'signal'>

/** What newer there is of an image: what its tag means now, and newer tags. An error stands beside what was found without it. */
export async function imageInUse(context: ImageContext, used: UsedImage): Promise<(InUse | Error)[]> {
  const { connection, signal } = context
  const { reference, id, part } = used
  const base = { ...(part === undefined ? {} : { part }), kind: 'image', name: reference, newer: [] }
  if (isImageId(reference)) return [{ ...base, note: 'named by its id, which no registry knows' }]
  const { tag, domain, path } = parseImageReference(reference)
  const repository = formatRepository({ domain, path })
  const image = await connection.known.find(id, signal)
  const digests = (image?.RepoDigests ?? []).flatMap((known) => {
    const [from, digest] = known.split('@')
    return from === repository && digest !== undefined ? [digest] : []
  })
  const [digest] = digests
  const known = { ...base, ...(tag === undefined ? {} : { version: tag }), ...(digest === undefined ? {} : { digest }) }
  if (digest === undefined) return [{ ...known, note: 'not from a registry' }]
  if (tag === undefined) return [{ ...known, note: 'named by its digest' }]
  const { digest: now, tags, notes, failures } = await askAbout(context, reference, { domain, tag })
  const inUse: InUse = {
    ...known,
    ...(now === undefined || digests.includes(now) ? {} : { newDigest: now }),
    newer: newerTags(tag, tags).map(({ tag, step }) => ({ version: tag, name: `${repository}:${tag}`, step })),
    ...(notes.length > 0 ? { note: notes.join('; ') } : {}),
  }
  return [inUse, ...failures]
}

interface Answer {
  digest?: string | undefined
  tags: readonly string[]
  notes: string[]
  failures: Error[]
}

/** Asks the registry from this machine, or has the engine ask it where it does not answer here. */
async function askAbout(
  context: ImageContext,
  reference: string,
  { domain, tag }: { domain: string; tag: string },
): Promise<Answer> {
  const { connection, once, signal } = context
  const answer: Answer = { tags: [], notes: [], failures: [] }
  const client = once('docker.registries', (signal) => createRegistryClient({ signal }))
  try {
    // What an engine elsewhere calls localhost is not what this machine calls so.
    if (isLoopback(domain) && !connection.local) return await askEngine()
    const options = { insecure: isInsecure(domain, await registriesOf(connection, signal)) }
    answer.digest = await client.digest(reference, options)
    if (answer.digest === undefined) answer.notes.push('the registry has no such tag any more')
    if (tagVersion(tag)) answer.tags = await client.tags(reference, options)
  } catch (error) {
    signal.throwIfAborted()
    if (isDockerError(error, 'unreachable', 'timeout') && answer.digest === undefined) {
      const asked = await askEngine().catch(() => undefined)
      if (asked) return asked
    }
    answer.notes.push(answer.digest === undefined ? 'the registry could not be asked' : 'newer tags are not known')
    answer.failures.push(error as Error)
  }
  return answer

  async function askEngine(): Promise<Answer> {
    const digest = await connection.known.registryDigest(reference, signal)
    const note = 'only the engine reaches the registry, so newer tags are not known'
    return { digest, tags: [], notes: tagVersion(tag) ? [note] : [], failures: [] }
  }
}

const configs = new WeakMap<DockerConnection, Promise<RegistryConfig | undefined>>()

/** What an engine says of registries, asked once. */
function registriesOf(connection: DockerConnection, signal: AbortSignal): Promise<RegistryConfig | undefined> {
  const known =
    configs.get(connection) ??
    connection.engine.info({ signal }).then((info) => (info as { RegistryConfig?: RegistryConfig }).RegistryConfig)
  configs.set(connection, known)
  return known
}
