const NANOSECONDS: Record<string, number> = { ns: 1, us: 1e3, µs: 1e3, ms: 1e6, s: 1e9, m: 60e9, h: 3600e9 }
const DESCENDING = ['h', 'm', 's', 'ms', 'us', 'ns'] as const

/** Durations as Go and Compose write them: `30s`, `1m30s`, `1.5h`, `500ms`. */
export const DURATION_PATTERN = /^(?:0|(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))+)$/

/**
 * Nanoseconds of a duration such as `1m30s`.
 * @throws RangeError when the text is no duration.
 */
export function parseDuration(duration: string): number {
  if (!DURATION_PATTERN.test(duration)) throw new RangeError(`"${duration}" is not a duration such as 30s or 1m30s`)
  const parts = [...duration.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g)]
  return Math.round(parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * NANOSECONDS[unit!]!, 0))
}

/** The one canonical notation of nanoseconds: `90000000000` is `1m30s`. */
export function formatDuration(nanoseconds: number): string {
  let rest = nanoseconds
  let text = ''
  for (const unit of DESCENDING) {
    const amount = Math.floor(rest / NANOSECONDS[unit]!)
    if (amount > 0) text += `${amount}${unit}`
    rest -= amount * NANOSECONDS[unit]!
  }
  return text || '0s'
}
