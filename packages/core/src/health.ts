import type { Diagnostic } from './diagnostics.ts'

/**
 * How an object is doing. `healthy`: as it should be, be it that it is to be off. `starting`: on the way there. `degraded`: it
 * does what it is for badly or in part. `down`: it does not do it. `unknown`: that cannot be told.
 */
export type HealthState = 'healthy' | 'starting' | 'degraded' | 'down' | 'unknown'

/** Something that somebody should know of, for as long as it lasts. */
export interface Alert {
  /** What kind of thing it is: `disk_space_usage`, `unhealthy`. */
  name: string
  severity: 'warning' | 'critical'
  /** One line: what is wrong, values with their units. */
  summary: string
  /** When it was raised, ISO 8601. */
  since?: string
  /** What it is about, where that is not the object as a whole: a chart, a container, a service. */
  source?: string
  /** The machine that it is about, by the name that it gives itself, where that is not the one that the object is on. */
  host?: string
}

export interface Health {
  state: HealthState
  /** In a few words, the tool's own where it has some: `running`, `exited with 137`, `2 of 3 containers run`. */
  summary: string
  /** Since when it is in this state, ISO 8601. */
  since?: string
  /** What is raised now, by it or by what it watches; nothing stands for none. What is wrong with the object as a whole is its state, and no alert. */
  alerts?: readonly Alert[]
}

/** What is there of one resource, and how it is doing. */
export interface ResourceStatus {
  address: string
  type: string
  /** The resource that gives its connection; this machine when missing. */
  on?: string
  /** It stands in the config; otherwise the next apply deletes it, unless it is kept. */
  declared: boolean
  /** It is kept although it is no longer declared, because it holds data. */
  kept?: true
  /**
   * `absent`: it was never made. `missing`: it was made, and is gone. `foreign`: there is one that this lab did not make.
   * `unknown`: what it is on, or an input, is not there yet. `unreachable`: nobody answered. `failed`: it could not be read.
   */
  status: 'present' | 'absent' | 'missing' | 'foreign' | 'unknown' | 'unreachable' | 'failed'
  /** Since when it is off on purpose, ISO 8601: `lares stop` stopped it, or what it is on. */
  stopped?: string
  /** Of what is present and declared, where its type can tell. The alerts are there, the worst first. */
  health?: Health & { alerts: readonly Alert[] }
}

/** A lab as it is now. */
export interface LabStatus {
  lab: string
  /** In an order in which each comes after what it depends on; what is no longer declared comes last. */
  resources: readonly ResourceStatus[]
  /** Why something could not be looked at, each reason once. */
  diagnostics: readonly Diagnostic[]
}
