import type { BatchItem, Owner } from '@lares/core'
import { type NetdataAgent, readStreams, type StreamState } from '../../client/index.ts'

type Item<I, A> = BatchItem<I, A, NetdataAgent>

interface Sections<I, A> {
  /** Writes them all, or none and says why. */
  change(agent: NetdataAgent, items: readonly Item<I, A>[], context: { signal: AbortSignal }): Promise<void>
  found(agent: NetdataAgent, state: StreamState, inputs: I, identity: string, signal: AbortSignal): Promise<A | null>
  identityOf(inputs: I, owner: Owner): string
}

/** How what stands in stream.conf is changed: several changes are one write and one start of the agent. */
export function streamsBatch<I, A>({ change, found, identityOf }: Sections<I, A>) {
  return async function batch(items: readonly Item<I, A>[]): Promise<(A | null | Error)[]> {
    const [{ context }] = items as [Item<I, A>]
    const { connection, signal } = context
    if (items.length === 1) await change(connection, items, { signal })
    else {
      try {
        await change(connection, items, { signal })
      } catch {
        signal.throwIfAborted()
        // One of them is at fault: each tells for itself.
        const answers: (A | null | Error)[] = []
        for (const item of items) answers.push(...(await batch([item]).catch((own: unknown) => [own as Error])))
        return answers
      }
    }
    const state = await readStreams(connection, signal)
    return await Promise.all(
      items.map(async (item) => {
        if (item.verb === 'delete' || !state) return null
        const { inputs, owner } = item.context
        return await found(connection, state, inputs, identityOf(inputs, owner), signal)
      }),
    )
  }
}
