import { type BuildContextOptions, buildContext } from './build-context.ts'
import { type CallOptions, call, type EngineAccess } from './engine-access.ts'
import { DockerError } from './error.ts'
import { parseImageReference } from './notation/image-reference.ts'
import { defined } from './options/defined.ts'
import type { RegistryCredential, RegistryCredentials } from './registry-auth.ts'
import { followProgress, type ProgressLine } from './streams.ts'

export type BuildOptions = BuildContextOptions &
  CallOptions & {
    tags?: readonly string[] | undefined
    /** Build arguments. The engine keeps them in the image's history: no place for secrets. */
    args?: Record<string, string> | undefined
    /** The stage to build; the last one when absent. */
    target?: string | undefined
    labels?: Record<string, string> | undefined
    platform?: string | undefined
    /** Look for newer base images. */
    pull?: boolean | undefined
    noCache?: boolean | undefined
    /** Network of the build's own containers: `host`, `none` or a network's name. */
    network?: string | undefined
    extraHosts?: readonly string[] | undefined
    cacheFrom?: readonly string[] | undefined
    shmSize?: number | undefined
    ulimits?: Record<string, { soft: number; hard: number }> | undefined
    onProgress?: ((line: ProgressLine) => void) | undefined
  }

const BUILD_TIMEOUT_MS = 60 * 60_000
const KEPT_OUTPUT = 4_000

/** Sends the context and follows the build to its end. */
export async function buildImage(
  access: EngineAccess,
  credentials: RegistryCredentials,
  options: BuildOptions,
): Promise<string> {
  const request = `build ${options.tags?.[0] ?? options.directory}`
  const context = await buildContext(options, options.signal)
  const registryconfig = await credentialsFor(context.dockerfileText, credentials, options.signal)
  const query = defined({
    dockerfile: context.dockerfile,
    t: options.tags,
    buildargs: options.args,
    target: options.target,
    labels: options.labels,
    platform: options.platform,
    pull: options.pull,
    nocache: options.noCache,
    networkmode: options.network,
    extrahosts: options.extraHosts?.join(','),
    cachefrom: options.cacheFrom,
    shmsize: options.shmSize,
    ulimits: options.ulimits && ulimitsToEngine(options.ulimits),
  })
  return call<string>(access, { request, options, defaultTimeoutMs: BUILD_TIMEOUT_MS }, async (abortSignal) => {
    const archive = context.pack(abortSignal)
    const stream = await access.streaming
      .buildImage(archive, { ...query, registryconfig, abortSignal })
      .finally(() => archive.destroy())
    return follow(request, stream, options.onProgress)
  })
}

const ulimitsToEngine = (ulimits: NonNullable<BuildOptions['ulimits']>): string =>
  JSON.stringify(Object.entries(ulimits).map(([Name, { soft, hard }]) => ({ Name, Soft: soft, Hard: hard })))

async function follow(
  request: string,
  stream: AsyncIterable<Buffer>,
  onProgress: BuildOptions['onProgress'],
): Promise<string> {
  let id: string | undefined
  let output = ''
  try {
    await followProgress(
      request,
      stream,
      (line) => {
        id = line.aux?.ID ?? id
        output = (output + (line.stream ?? '')).slice(-KEPT_OUTPUT)
        onProgress?.(line)
      },
      'build_failed',
    )
  } catch (error) {
    if (!(error instanceof DockerError)) throw error
    throw new DockerError(error.code, `${error.message}\n${lastStep(output)}`.trim(), { cause: error })
  }
  if (id === undefined) throw new DockerError('build_failed', `${request}: the engine named no image`)
  return id
}

/** What the failed step said. */
const lastStep = (output: string): string => output.slice(Math.max(0, output.lastIndexOf('\nStep '))).trim()

/** The engine pulls the base images, so it needs the credentials of the registries that the Dockerfile names. */
async function credentialsFor(
  dockerfile: string,
  credentials: RegistryCredentials,
  signal: AbortSignal | undefined,
): Promise<Record<string, RegistryCredential>> {
  const found: Record<string, RegistryCredential> = {}
  for (const registry of baseRegistries(dockerfile)) {
    const credential = await credentials(registry, signal)
    if (credential) found[credential.serveraddress] = credential
  }
  return found
}

/** Registries of the images that a Dockerfile builds on or copies from, as far as they can be told without its arguments. */
export function baseRegistries(dockerfile: string): string[] {
  const images = [
    ...dockerfile.matchAll(/^\s*(?:FROM\s+(?:--\S+\s+)*|COPY\s+(?:--\S+\s+)*?--from=)([^\s$]+)(?=\s|$)/gim),
  ]
  const registries = images.flatMap(([, image]) => {
    if (image === undefined || image === 'scratch' || /^\d+$/.test(image)) return []
    try {
      return [parseImageReference(image).domain]
    } catch {
      return []
    }
  })
  return [...new Set(registries)]
}
