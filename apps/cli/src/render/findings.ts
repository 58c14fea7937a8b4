import type { Finding } from '../doctor.ts'
import type { Style } from '../style.ts'
import { renderDiagnostics } from './diagnostics.ts'

const marks = { good: 'ok', bad: 'BAD', unsure: '?' } as const
const tones = { good: 'good', bad: 'error', unsure: 'warning' } as const

/** One finding as a line, and below it what to do when it is bad. */
export function renderFinding({ about, state, summary, diagnostics }: Finding, style: Style): string {
  const line = `${style[tones[state]](marks[state].padEnd(4))} ${style.strong(about.padEnd(16))} ${summary}\n`
  if (state === 'good') return line
  const [only, ...more] = diagnostics
  const below =
    only && more.length === 0 && only.source?.line === undefined
      ? [...(only.detail?.trimEnd().split('\n') ?? []), ...(only.advice === undefined ? [] : [`→ ${only.advice}`])]
      : renderDiagnostics(diagnostics, style).trimEnd().split('\n')
  return line + below.map((text) => `     ${text}`.trimEnd() + '\n').join('')
}
