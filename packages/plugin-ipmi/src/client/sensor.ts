/** `failed` is past what the hardware stands. `unknown`: it says nothing now, as when the machine is off. */
export type SensorState = 'ok' | 'warning' | 'critical' | 'failed' | 'unknown'

/** Limits, in the unit of the value. */
export interface Thresholds {
  readonly lowerFailed?: number
  readonly lowerCritical?: number
  readonly lowerWarning?: number
  readonly upperWarning?: number
  readonly upperCritical?: number
  readonly upperFailed?: number
}

export interface Sensor {
  readonly name: string
  /** The BMC's number for it: names need not differ. */
  readonly number?: number
  /** What it is part of: `3.1`, the first processor. */
  readonly entity?: string
  /** `Temperature`, `Fan`, `Power Supply`; absent where that was not asked for. */
  readonly type?: string
  /** Absent where it has none, or one that is no number. */
  readonly value?: number
  /** `degrees C`, `degrees F`, `percent`, `RPM`, `Volts`, `Watts`, ... Absent where there is no value, or it has no unit. */
  readonly unit?: string
  readonly state: SensorState
  /** What else it says, in its words: `Presence detected`, `Failure detected`. */
  readonly says: readonly string[]
  /** The reading as it was written. */
  readonly raw: string
  /** Absent where they were not asked for. */
  readonly thresholds?: Thresholds
}

/** Those of which somebody should know, the worst first. */
export const alarming = (sensors: readonly Sensor[]): Sensor[] =>
  [...sensors].filter(({ state }) => rank[state] > 0).sort((a, b) => rank[b.state] - rank[a.state])

const rank: Readonly<Record<SensorState, number>> = { unknown: 0, ok: 0, warning: 1, critical: 2, failed: 3 }
