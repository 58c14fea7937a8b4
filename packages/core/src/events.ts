import { type Diagnostic, reworded } from './diagnostics.ts'
import type { Action, Plan } from './plan.ts'

/** The version of the event stream; it grows when an event loses or changes a field. */
export const EVENTS_VERSION = 1

/** What a run tells while it goes. Times are milliseconds since the run began. No event carries a secret. */
export type LaresEvent =
  | { type: 'connection.opened'; at: number; provider: string; on?: string; ms: number }
  | { type: 'connection.failed'; at: number; provider: string; on?: string; diagnostic: Diagnostic }
  | { type: 'observe.started'; at: number; total: number }
  | { type: 'observe.finished'; at: number; total: number; ms: number }
  | { type: 'observe.log'; at: number; address: string; message: string }
  | { type: 'plan.finished'; at: number; plan: Plan }
  | { type: 'action.started'; at: number; id: string; address: string; action: Action }
  | { type: 'action.log'; at: number; id: string; address: string; message: string }
  | { type: 'action.retried'; at: number; id: string; address: string; attempt: number; reason: string }
  | { type: 'action.waiting'; at: number; id: string; address: string }
  | { type: 'action.finished'; at: number; id: string; address: string; action: Action; ms: number }
  | {
      type: 'action.failed'
      at: number
      id: string
      address: string
      action: Action
      ms: number
      diagnostics: Diagnostic[]
    }
  | { type: 'action.skipped'; at: number; id: string; address: string; action: Action; reason: string }
  | { type: 'diagnostic'; at: number; diagnostic: Diagnostic }
  | { type: 'apply.finished'; at: number; result: ApplyResult }

/** How a run ended. */
export interface ApplyResult {
  done: number
  failed: number
  skipped: number
  /** Nodes that were not attempted because nobody answered. */
  unreachable: number
  cancelled: boolean
  outputs: { [name: string]: unknown }
  diagnostics: Diagnostic[]
}

export type EventListener = (event: LaresEvent) => void

/** An event whose words pass through `text`. The plan and the outputs in one have no secret words any more. */
export function rewordedEvent(event: LaresEvent, text: (words: string) => string): LaresEvent {
  if ('message' in event) return { ...event, message: text(event.message) }
  if ('reason' in event) return { ...event, reason: text(event.reason) }
  if ('diagnostics' in event) return { ...event, diagnostics: reworded(event.diagnostics, text) }
  if ('diagnostic' in event) return { ...event, diagnostic: reworded([event.diagnostic], text)[0]! }
  return event
}
