import type { Diagnostic, LaresEvent } from '@lares/core'
import type { Terminal } from './terminal.ts'

/** The version of what `--json` writes; docs/events.md describes it. */
const VERSION = 1

/** Events that the command adds to those of the engine. */
type CommandEvent = { type: 'diagnostic'; diagnostic: Diagnostic } | { type: 'command.finished'; exitCode: number }

export const writeEvent = (terminal: Terminal, event: LaresEvent | CommandEvent): void =>
  writeJson(terminal, { version: VERSION, ...event })

export const writeJson = (terminal: Terminal, document: unknown): void => terminal.out(`${JSON.stringify(document)}\n`)
