import { defineLab } from './config.ts'
import { type AnyResource, declarationOf, type Resource } from './declaration.ts'
import { LaresError, problem } from './diagnostics.ts'
import { createEngine } from './engine.ts'
import type { EventListener } from './events.ts'
import { labKey, type SecretReader } from './secret.ts'
import { applyEntry, emptyState, type StateStore } from './state.ts'

export interface EnsureOptions {
  /** Part of the ownership marks; `script` unless told. */
  lab?: string
  /** Take over an object that nobody marked. */
  adopt?: boolean
  readSecret?: SecretReader
  onEvent?: EventListener
  signal?: AbortSignal
}

/**
 * Makes one resource or composite, and what it refers to, as declared: without a lab and without a state file. Doing it
 * again changes nothing. Answers the attributes. Rejects with a LaresError.
 */
export async function ensure<A>(resource: Resource<A>, options: EnsureOptions = {}): Promise<A> {
  const { lab = 'script', adopt, signal } = options
  const { address } = declarationOf(resource)!
  const definition = defineLab({
    name: lab,
    resources: [resource as AnyResource],
    outputs: { attributes: attributesOf(resource) },
  })
  const refuse: SecretReader = async (source) => {
    throw new Error(`ensure() was given no readSecret for ${Object.keys(source)[0]}`)
  }
  const engine = createEngine({
    store: passingStore(lab),
    key: labKey(crypto.randomUUID()),
    readSecret: options.readSecret ?? refuse,
    ...(options.onEvent ? { onEvent: options.onEvent } : {}),
    ...(signal ? { signal, abort: signal } : {}),
  })
  const planned = await engine.plan(definition, adopt ? { adopt: [address] } : {})
  try {
    const { plan } = planned
    const failed = plan.diagnostics.filter((d) => d.severity === 'error' || d.code === 'unreachable')
    if (failed.length > 0) throw new LaresError(failed)
    const result = await planned.apply()
    if (result.failed + result.skipped + result.unreachable > 0) {
      throw new LaresError(
        result.diagnostics.length > 0
          ? result.diagnostics
          : [problem({ code: 'failed', address, summary: 'It was not done' })],
      )
    }
    return result.outputs['attributes'] as A
  } finally {
    await planned.close()
  }
}

const attributesOf = (resource: AnyResource): Record<string, unknown> =>
  Object.fromEntries(
    Object.keys(declarationOf(resource)!.type.attributes.shape).map((name) => [name, resource[name as never]]),
  )

/** A state that lasts as long as the call. */
function passingStore(lab: string): StateStore {
  const state = emptyState(lab, 'passing')
  return {
    description: 'memory',
    read: async () => state,
    open: async () => ({
      state,
      append: async (...entries) => entries.forEach((entry) => applyEntry(state, entry)),
      close: async () => {},
    }),
    history: async () => [],
    restore: async () => state,
    unlock: async () => {},
  }
}
