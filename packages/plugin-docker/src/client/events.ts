import { type CallOptions, call, type EngineAccess } from './engine-access.ts'
import { jsonLines } from './streams.ts'

/** Something that happened in the engine. */
export type EngineEvent = {
  type: string
  action: string
  id: string
  attributes: Record<string, string>
  time: Date
}

export type EventFilter = {
  types?: readonly ('container' | 'image' | 'network' | 'volume' | 'daemon')[]
  actions?: readonly string[]
  /** Keys, or keys with values: `{ 'dev.lares.lab': 'home' }`; an empty value asks for the key alone. */
  labels?: Readonly<Record<string, string>>
  container?: string
  /** Replays what happened since then first. */
  since?: Date
}

export type Events = {
  /** Events as they happen, until the signal or the loop's end; a signal ends it without an error. */
  follow(filter?: EventFilter, options?: Pick<CallOptions, 'signal'>): AsyncGenerator<EngineEvent, void>
}

type Message = {
  Type: string
  Action: string
  Actor: { ID: string; Attributes: Record<string, string> }
  time: number
  timeNano: number
}

/** `{ a: 'b', c: '' }` as the engine's filters want it: `['a=b', 'c']`. */
export const labelFilter = (labels: Readonly<Record<string, string>>): string[] =>
  Object.entries(labels).map(([name, value]) => (value === '' ? name : `${name}=${value}`))

export function eventsOf(access: EngineAccess): Events {
  return {
    async *follow({ types, actions, labels, container, since } = {}, { signal } = {}) {
      const filters = {
        ...(types && { type: types }),
        ...(actions && { event: actions }),
        ...(labels && { label: labelFilter(labels) }),
        ...(container && { container: [container] }),
      }
      const query = { filters: JSON.stringify(filters), ...(since && { since: since.getTime() / 1000 }) }
      const ended = new AbortController()
      const both = signal ? AbortSignal.any([signal, ended.signal]) : ended.signal
      const stream = await call<AsyncIterable<Buffer>>(access, { request: 'follow events', options: { signal } }, () =>
        access.streaming.getEvents({ ...query, abortSignal: both }),
      )
      try {
        for await (const message of jsonLines<Message>(stream)) yield toEvent(message)
      } catch (error) {
        if (!signal?.aborted) throw error
      } finally {
        ended.abort()
      }
    },
  }
}

const toEvent = ({ Type, Action, Actor, timeNano }: Message): EngineEvent => ({
  type: Type,
  action: Action,
  id: Actor.ID,
  attributes: Actor.Attributes,
  time: new Date(timeNano / 1e6),
})
