import { Unavailable } from './connections.ts'
import { type Diagnostic, reworded } from './diagnostics.ts'
import type { Reach } from './inquiries.ts'
import type { ModelResource } from './model.ts'
import { checkObject, selfOf, unanswered } from './reading.ts'

/** What a resource says of its surroundings. */
export interface Check {
  address: string
  /** `unknown`: something that it depends on, or its connection, is not there. `failed`: the diagnostics say why it could not look. */
  status: 'done' | 'unknown' | 'failed'
  /** What stands in its way; none when nothing was found. */
  diagnostics: readonly Diagnostic[]
}

/** Asks all resources whose types can look. What is wrong with a connection is not said once more. */
export const checkAll = async (reach: Reach): Promise<Check[]> => {
  const able = [...reach.model.resources.values()].filter(({ type }) => type.check)
  const answers = await Promise.all(able.map((resource) => checkOf(reach, resource)))
  reach.abort.throwIfAborted()
  return answers
}

async function checkOf(reach: Reach, resource: ModelResource): Promise<Check> {
  const { observer, connections, abort, text } = reach
  const { address, type, on } = resource
  const told = (status: Check['status'], diagnostics: readonly Diagnostic[] = []): Check => ({
    ...{ address, status },
    diagnostics: reworded(diagnostics, text),
  })
  try {
    const { value: inputs, unknown } = await observer.resolve(resource)
    if (unknown) return told('unknown')
    const connection = type.provider ? await connections.acquire(type.provider, on, observer.giverOf) : undefined
    const tools = {
      self: (known?: Record<string, unknown>) =>
        selfOf(connections, address, type, inputs, on, observer.giverOf, known),
      log: () => {},
    }
    return told('done', await checkObject(resource, inputs, connection, tools, abort))
  } catch (error) {
    if (error instanceof Unavailable) return told('unknown')
    return told('failed', unanswered(error, { address, summary: 'Cannot be checked' }))
  }
}
