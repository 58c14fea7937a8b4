import type { Duration } from '@lares/core'

/** What a `lookup` line asks the database of the agent for. */
export interface Lookup {
  /** How the values of a time are made one: `average`, `max`, `sum`, `percentile95`, `countif(>5)` … */
  readonly method: string
  /** How far back it looks, as `10m`. */
  readonly after: Duration
  /** How far back the time ends; now without it. */
  readonly before?: Duration | undefined
  readonly every?: Duration | undefined
  readonly options?: readonly LookupOption[] | undefined
  /** Dimensions, as patterns; all of them without it. */
  readonly of?: readonly string[] | undefined
  /** An alarm for each dimension that matches; only templates have it, and agents before 1.45. */
  readonly foreach?: readonly string[] | undefined
}

export const lookupOptions = [
  'absolute',
  'min2max',
  'null2zero',
  'percentage',
  'unaligned',
  'anomaly-bit',
  'match-ids',
  'match-names',
  // Of the dimensions; since 1.45.
  'min',
  'max',
  'average',
  'sum',
] as const
export type LookupOption = (typeof lookupOptions)[number]

/** When notifications wait for a change to last. */
export interface Delay {
  readonly up?: Duration | undefined
  readonly down?: Duration | undefined
  /** What a wait is multiplied with at each change that comes while it lasts. */
  readonly multiplier?: number | undefined
  readonly max?: Duration | undefined
}

/** How often a notification is sent again; `off` for never. */
export type Repeat = 'off' | { readonly warning?: Duration | undefined; readonly critical?: Duration | undefined }

/** Labels and the pattern that the value of each has to match: `{ mount_point: '!/mnt/backup *' }`. */
export type Labels = Readonly<Record<string, string>>

/**
 * An entry of health.d, in the words of Netdata's own reference. Exactly one of `alarm` (of one chart) and `template` (of
 * all charts of a context) names it.
 */
export interface Alarm {
  readonly alarm?: string | undefined
  readonly template?: string | undefined
  /** The chart of an alarm, as `system.cpu`, or the context of a template, as `disk.space`. */
  readonly on: string
  readonly class?: string | undefined
  readonly type?: string | undefined
  readonly component?: string | undefined
  /** Patterns of operating systems and of names of hosts, as in `!backup *`. */
  readonly os?: string | undefined
  readonly hosts?: string | undefined
  readonly plugin?: string | undefined
  readonly module?: string | undefined
  /** Charts of a template, before 1.45. */
  readonly charts?: string | undefined
  /** Families of a template, before 1.43. */
  readonly families?: string | undefined
  readonly hostLabels?: Labels | undefined
  /** Since 1.40. */
  readonly chartLabels?: Labels | undefined
  readonly lookup?: Lookup | undefined
  readonly calc?: string | undefined
  readonly every?: Duration | undefined
  readonly units?: string | undefined
  readonly green?: number | undefined
  readonly red?: number | undefined
  readonly warn?: string | undefined
  readonly crit?: string | undefined
  /** Roles that are told, separated by spaces; `silent` for nobody. */
  readonly to?: string | undefined
  readonly exec?: string | undefined
  readonly delay?: Delay | undefined
  readonly repeat?: Repeat | undefined
  readonly options?: readonly 'no-clear-notification'[] | undefined
  /** Since 1.43. */
  readonly summary?: string | undefined
  readonly info?: string | undefined
}
