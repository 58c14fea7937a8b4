import type { Finding } from '../doctor.ts'
import type { Style } from '../style.ts'
import { renderDiagnostics } from './diagnostics.ts'

const marks = { good: 'ok', bad: 'BAD', unsure: '?' } as const
const tones = { good: 'good', bad: 'error', unsure: 'warning' } as const

/** One finding as a line, and what to do below it when it is bad. */
export function renderFinding({ about, state, summary, diagnostics }: Finding, style: Style): string {
  const line = `${style[tones[state]](marks[state].padEnd(4))} ${style.strong(about.padEnd(16))} ${summary}\n`
  if (state !== 'bad' || diagnostics.length === 0) return line
  const below = renderDiagnostics(diagnostics, style)
  return `${line}${below.replace(/^(?=.)/gm, '     ')}`
}
