import type { CallOptions, Reach } from './request.ts'

export interface NodeOptions extends CallOptions {
  /** Hostname of a node that streams to this agent; the agent's own node when absent. */
  readonly node?: string | undefined
}

/** How the functions of this client reach their agent, and what they keep. */
export interface Scope {
  readonly reach: Reach
  /** By node and chart name; a chart never changes its context. */
  readonly contexts: Map<string, Map<string, string | null>>
}

/** The path of the first API, of a node or of the agent itself. */
export const pathOf = (node: string | undefined, path: string): string =>
  node === undefined ? `/api/v1/${path}` : `/host/${encodeURIComponent(node)}/api/v1/${path}`
