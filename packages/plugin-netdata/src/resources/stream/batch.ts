import type { BatchItem, CreateContext, DeleteContext, Owner, UpdateContext } from '@lares/core'
import { type NetdataAgent, readStreams, type StreamState } from '../../client/index.ts'

type Item<I, A> = BatchItem<I, A, NetdataAgent>

interface Sections<I, A> {
  /** Writes them all, or none and says why. */
  change(agent: NetdataAgent, items: readonly Item<I, A>[], context: { signal: AbortSignal }): Promise<void>
  found(agent: NetdataAgent, state: StreamState, inputs: I, identity: string, signal: AbortSignal): Promise<A | null>
  identityOf(inputs: I, owner: Owner): string
}

/** Verbs of what stands in stream.conf: several changes are one write and one start of the agent. */
export function streamsBatch<I, A>({ change, found, identityOf }: Sections<I, A>) {
  async function batch(items: readonly Item<I, A>[]): Promise<(A | null | Error)[]> {
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
        for (const item of items) answers.push(await one(item).catch((own: unknown) => own as Error))
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

  async function one(item: Item<I, A>): Promise<A | null> {
    const [answer] = await batch([item])
    if (answer instanceof Error) throw answer
    return answer!
  }

  return {
    batch,
    create: async (context: CreateContext<I, NetdataAgent>) => (await one({ verb: 'create', context }))!,
    update: async (context: UpdateContext<I, A, NetdataAgent>) => (await one({ verb: 'update', context }))!,
    delete: async (context: DeleteContext<I, A, NetdataAgent>): Promise<void> => {
      await one({ verb: 'delete', context })
    },
  }
}
