import { fail } from './diagnostics.ts'

/** Milliseconds, or text such as `500ms`, `30s`, `5m`, `1h30m`. */
export type Duration = number | string

/** Milliseconds of a duration, or a diagnostic when it is none. */
export function milliseconds(duration: Duration, path = 'timeouts'): number {
  if (typeof duration === 'number' && duration >= 0) return duration
  const units: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }
  let total = 0
  const rest = String(duration).replace(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g, (_, number: string, unit: string) => {
    total += Number(number) * units[unit]!
    return ''
  })
  if (rest !== '' || duration === '') {
    fail({
      code: 'invalid_input',
      path,
      summary: `"${duration}" is no duration`,
      advice: 'Write 500ms, 30s, 5m or 1h30m.',
    })
  }
  return total
}
