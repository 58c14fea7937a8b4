import type { Reach } from './inquiries.ts'
import { deadline } from './limits.ts'
import type { ModelResource } from './model.ts'
import { type Attributes, selfOf, validInputs } from './reading.ts'
import type { InquiryContext } from './resource.ts'
import type { ResourceRecord } from './state.ts'

export type Once = InquiryContext<unknown, unknown, unknown>['once']

/** One for each inquiry. */
export function createOnce(signal: AbortSignal): Once {
  const answers = new Map<string, unknown>()
  return <T>(key: string, ask: (signal: AbortSignal) => T): T => {
    if (!answers.has(key)) answers.set(key, ask(signal))
    return answers.get(key) as T
  }
}

/** An object that was read, and how long it may take to answer. */
export interface Asked {
  resource: ModelResource
  record: ResourceRecord | undefined
  identity: string
  attributes: Attributes
  once: Once
  timeout: number
}

/** Asks an object that is there what its type can tell of it, over its connection. Rejects with Unavailable, or as the type does. */
export async function askObject<T>(
  { connections, observer, secretOf, abort }: Reach,
  { resource, record, identity, attributes, once, timeout }: Asked,
  question: (context: InquiryContext<never, never, never>) => Promise<T>,
): Promise<T> {
  const { address, owner, type, on } = resource
  const inputs = record ? validInputs(type, record, secretOf) : undefined
  const connection = type.provider ? await connections.acquire(type.provider, on, observer.giverOf) : undefined
  const ask = (signal: AbortSignal) =>
    question({
      ...{ address, owner, identity, signal, once },
      inputs: inputs as never,
      observed: attributes as never,
      connection: connection?.client as never,
      log: () => {},
      self: (known) => selfOf(connections, address, type, inputs, on, observer.giverOf, known ?? attributes),
    })
  const run = () => deadline(timeout, abort, ask)
  return await (connection ? connection.limitReads(run) : run())
}
