/** Of an agent, as in `v1.37.1` and `v2.5.0-57-nightly`. */
export interface AgentVersion {
  readonly major: number
  readonly minor: number
  readonly patch: number
}

/** The version in what an agent says of itself; undefined when there is none. */
export function parseVersion(text: string): AgentVersion | undefined {
  const [, major, minor, patch] = /\bv?(\d+)\.(\d+)(?:\.(\d+))?/.exec(text) ?? []
  return major === undefined ? undefined : { major: Number(major), minor: Number(minor), patch: Number(patch ?? 0) }
}

export const formatVersion = ({ major, minor, patch }: AgentVersion): string => `${major}.${minor}.${patch}`

/** Whether it is this version or a newer one: `isAtLeast(version, '2.0.0')`. */
export function isAtLeast(version: AgentVersion, other: string): boolean {
  const { major, minor, patch } = parseVersion(other)!
  return (version.major - major || version.minor - minor || version.patch - patch) >= 0
}
