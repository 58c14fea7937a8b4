import { DockerError, isDockerError } from '../error.ts'
import { parseImageReference } from '../notation/image-reference.ts'
import { type RegistryCredentials, readDockerConfig } from '../registry-auth.ts'
import { createAuthorization } from './authorization.ts'
import { originsOf } from './origin.ts'
import { openRegistry, type Registry } from './registry.ts'
import { createSender } from './wire.ts'

export interface RegistryClientOptions {
  /** Those of `~/.docker/config.json` and its credential helpers when absent. */
  credentials?: RegistryCredentials
  signal?: AbortSignal
  /** Milliseconds for one request; 30 s when absent. */
  timeoutMs?: number
  /** How many tags are asked for at once; 1000 when absent. */
  pageSize?: number
}

export interface RegistryOptions {
  /** The registry may be asked without TLS, and without looking at its certificate. */
  insecure?: boolean
}

/**
 * Asks registries, from this machine. Whatever is asked for a second time has the first answer, be it an error: a client
 * is for one look around.
 */
export interface RegistryClient {
  /**
   * The digest of what a reference means now: of the index, where it is for several platforms. Undefined when the registry
   * has no such tag.
   * @throws DockerError `unreachable`, `timeout`, `unauthorized`, `rate_limited`, `registry_error`
   */
  digest(reference: string, options?: RegistryOptions): Promise<string | undefined>
  /** All tags of a reference's repository. @throws DockerError as `digest`, and `no_such_image` */
  tags(reference: string, options?: RegistryOptions): Promise<readonly string[]>
}

export function createRegistryClient(options: RegistryClientOptions = {}): RegistryClient {
  const { credentials = readDockerConfig(), timeoutMs = 30_000, pageSize = 1000 } = options
  const { signal = new AbortController().signal } = options
  const once = memory()
  const envOf = (unverified: boolean) => {
    const send = createSender({ signal, timeoutMs, unverified })
    return { send, authorization: createAuthorization(send, credentials, signal), pageSize }
  }
  const verifying = envOf(false)
  const trusting = envOf(true)

  const registryAt = (domain: string, insecure: boolean): Promise<Registry> =>
    once(`registry ${domain} ${insecure}`, () =>
      firstOf(originsOf(domain, insecure), (origin) => openRegistry(origin, insecure ? trusting : verifying)),
    )

  return {
    digest: async (reference, { insecure = false } = {}) => {
      const { domain, path, tag, digest } = parse(reference)
      if (tag === undefined) return digest
      const registry = await registryAt(domain, insecure)
      return await once(`digest ${domain} ${path} ${tag} ${insecure}`, () => registry.digest(path, tag))
    },
    tags: async (reference, { insecure = false } = {}) => {
      const { domain, path } = parse(reference)
      const registry = await registryAt(domain, insecure)
      return await once(`tags ${domain} ${path} ${insecure}`, () => registry.tags(path))
    },
  }
}

function memory() {
  const answers = new Map<string, Promise<unknown>>()
  return <T>(key: string, ask: () => Promise<T>): Promise<T> => {
    const known = answers.get(key) ?? ask()
    answers.set(key, known)
    return known as Promise<T>
  }
}

/** The first place where somebody answers. A place that takes its time does answer, only not now. */
async function firstOf<T>(places: readonly string[], attempt: (place: string) => Promise<T>): Promise<T> {
  const [place, ...others] = places
  try {
    return await attempt(place!)
  } catch (error) {
    if (others.length === 0 || !isDockerError(error, 'unreachable')) throw error
    return await firstOf(others, attempt)
  }
}

function parse(reference: string) {
  try {
    return parseImageReference(reference)
  } catch (error) {
    throw new DockerError('invalid', (error as Error).message, { cause: error })
  }
}
