export type EventSeverity = 'info' | 'warning' | 'critical'

/** One record of the event log. */
export interface BmcEvent {
  /** The number of the record. */
  readonly id: number
  /** By the clock of the BMC, which need not be right; absent before it was set. */
  readonly time?: Date
  /** Seconds since the BMC started, where it had no clock yet. */
  readonly uptime?: number
  /** Type and name, or type and number: `Temperature CPU Temp`, `Fan #0x02`. */
  readonly sensor: string
  readonly text: string
  readonly direction?: 'asserted' | 'deasserted'
  /** What set it off: `Reading 95 > Threshold 90 degrees C`. */
  readonly trigger?: string
  /** Read from its words: a BMC gives none. */
  readonly severity: EventSeverity
}

const CRITICAL =
  /(?<!non-)\bcritical\b|non-recoverable|uncorrectable|thermal trip|\bierr\b|(?<!predictive )failure|failed|fatal|drive fault|power off|ac lost|redundancy lost|insufficient resources|bus timeout|state asserted - fault/i
const WARNING =
  /non-critical|predictive|correctable|degraded|redundancy|intrusion|fault|error|limit exceeded|lost|log (almost )?full|hung|timer expired|hard reset/i

/** What a BMC writes of its own accord, such as the end of what was wrong, is `info`. */
export function severityOf(text: string, direction: BmcEvent['direction']): EventSeverity {
  if (direction === 'deasserted') return 'info'
  if (CRITICAL.test(text)) return 'critical'
  if (/fully redundant|no failure/i.test(text)) return 'info'
  return WARNING.test(text) ? 'warning' : 'info'
}
