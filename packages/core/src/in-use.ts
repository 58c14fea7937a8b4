import type { Diagnostic } from './diagnostics.ts'

/** Something that an object is made from, and what newer there is of it: an image, a package, a firmware. */
export interface InUse {
  /** Of a composite, the part that uses it: `db`. */
  part?: string
  /** `image`, `package`, `firmware`. */
  kind: string
  /** As a config names it: `mariadb:10.11.6`. */
  name: string
  version?: string
  /** What exactly is in use. */
  digest?: string
  /** What `name` stands for now, when that is no longer what is in use. */
  newDigest?: string
  /** The newest of each step, smallest step first. */
  newer: readonly NewerVersion[]
  /** What cannot be told, and why, when nothing went wrong: it was built here, it is not from a registry. */
  note?: string
}

export interface NewerVersion {
  version: string
  /** As a config would name it. */
  name: string
  /** Which part of the version it raises: the first, the second, or what comes after them. */
  step: 'patch' | 'minor' | 'major'
}

/** What one resource uses. */
export interface Outdated {
  address: string
  type: string
  /** The resource that gives its connection; this machine when missing. */
  on?: string
  /** `absent`: it is not there, so it uses nothing yet. `failed`: the diagnostics say why it could not be looked at. */
  status: 'present' | 'absent' | 'failed'
  inUse: readonly InUse[]
  /** What could not be found out. */
  diagnostics: readonly Diagnostic[]
}
