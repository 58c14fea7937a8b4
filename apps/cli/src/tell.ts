import { type Diagnostic, errorCode, isLaresError } from '@lares/core'
import { writeEvent } from './json.ts'
import { renderDiagnostics } from './render/diagnostics.ts'
import type { Terminal } from './terminal.ts'

/** Shows diagnostics where they belong: on the error stream, or as events. */
export function tellDiagnostics(diagnostics: readonly Diagnostic[], terminal: Terminal, json: boolean): void {
  if (json) for (const diagnostic of diagnostics) writeEvent(terminal, { type: 'diagnostic', diagnostic })
  else if (diagnostics.length > 0) terminal.err(renderDiagnostics(diagnostics, terminal.errStyle))
}

/** Shows anything that was thrown. Only a bug gets a stack trace. */
export function tellError(error: unknown, terminal: Terminal, json: boolean): void {
  tellDiagnostics(diagnosticsOf(error), terminal, json)
}

function diagnosticsOf(error: unknown): readonly Diagnostic[] {
  if (isLaresError(error)) return error.diagnostics
  const { message, stack } = error as Partial<Error>
  const code = errorCode(error)
  if (code !== undefined && /^E[A-Z]+$/.test(code)) {
    return [{ severity: 'error', code, summary: message ?? code }]
  }
  const bug: Diagnostic = {
    severity: 'error',
    code: 'bug',
    summary: `Lares made a mistake: ${message ?? String(error)}`,
    advice: 'Please report it with this text and what you did.',
    ...(stack === undefined ? {} : { detail: stack.split('\n').slice(1).join('\n') }),
  }
  return [bug]
}
