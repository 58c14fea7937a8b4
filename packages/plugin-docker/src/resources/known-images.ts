import { canonicalImage, type ImageInspect, type Images, type TransferOptions } from '../client/index.ts'

/** What one connection has learnt about images, so that nothing is asked for twice. Safe to ask many times at once. */
export interface KnownImages {
  /** What a reference or an id means on the engine, or undefined when it has no such image. */
  find(reference: string, signal?: AbortSignal): Promise<ImageInspect | undefined>
  /** The digest that the registry has for a reference. */
  registryDigest(reference: string, signal?: AbortSignal): Promise<string>
  /** Pulls what the engine does not have. */
  provide(reference: string, options?: TransferOptions): Promise<void>
  /** Pulls, whether the engine has it or not. */
  pull(reference: string, options?: TransferOptions): Promise<void>
  /** To be called when a reference may have come to mean something else. */
  forget(reference: string): void
}

export function knownImages(images: Images): KnownImages {
  const found = new Map<string, Promise<ImageInspect | undefined>>()
  const digests = new Map<string, Promise<string>>()
  const pulls = new Map<string, Promise<void>>()

  const find = (reference: string, signal?: AbortSignal) =>
    once(found, canonicalImage(reference), () => images.inspect(reference, { signal }))
  const forget = (reference: string) => {
    found.delete(canonicalImage(reference))
  }
  const pull = (reference: string, options: TransferOptions = {}) => {
    const key = canonicalImage(reference)
    const pulling = once(pulls, key, async () => void (await images.pull(reference, options)))
    return pulling.finally(() => {
      pulls.delete(key)
      forget(reference)
    })
  }
  return {
    find,
    forget,
    pull,
    registryDigest: (reference, signal) =>
      once(digests, canonicalImage(reference), () => images.registryDigest(reference, { signal })),
    async provide(reference, options = {}) {
      if ((await find(reference, options.signal)) === undefined) await pull(reference, options)
    },
  }
}

/** One request for all who ask for the same; a failure is not remembered. */
function once<T>(answers: Map<string, Promise<T>>, key: string, ask: () => Promise<T>): Promise<T> {
  const known = answers.get(key)
  if (known) return known
  const answer = ask()
  answers.set(key, answer)
  answer.catch(() => {
    if (answers.get(key) === answer) answers.delete(key)
  })
  return answer
}
