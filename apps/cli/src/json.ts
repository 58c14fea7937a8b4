import { type Diagnostic, EVENTS_VERSION, type LaresEvent } from '@lares/core'
import type { Terminal } from './terminal.ts'

/** Events that the command adds to those of the engine. */
type CommandEvent = { type: 'diagnostic'; diagnostic: Diagnostic } | { type: 'command.finished'; exitCode: number }

/** One line of the event stream, which docs/events.md describes. */
export const writeEvent = (terminal: Terminal, event: LaresEvent | CommandEvent): void =>
  writeJson(terminal, { version: EVENTS_VERSION, ...event })

export const writeJson = (terminal: Terminal, document: unknown): void => terminal.out(`${JSON.stringify(document)}\n`)
