import type { Action, PlanNode } from '@lares/core'

/** The nodes on one host, and the hosts that live on it. `host` is undefined for this machine. */
export interface HostGroup {
  host: string | undefined
  nodes: PlanNode[]
  inner: HostGroup[]
}

const ranks: Record<Action, number> = {
  delete: 0,
  replace: 1,
  keep: 2,
  forget: 3,
  update: 4,
  adopt: 5,
  create: 6,
  none: 7,
}

/**
 * Groups nodes by the resource that contains them, layers inside layers. A machine that contains others and is itself
 * on nothing heads its own group. What destroys comes first, otherwise the order of the plan is kept.
 */
export function groupByHost(shown: readonly PlanNode[], all: readonly PlanNode[]): HostGroup[] {
  const hostOf = new Map(all.map((node) => [node.address, node.on]))
  const hosts = new Set(all.flatMap((node) => (node.on === undefined ? [] : [node.on])))
  const groups = new Map<string | undefined, HostGroup>()
  const roots: HostGroup[] = []

  const groupOf = (host: string | undefined): HostGroup => {
    const known = groups.get(host)
    if (known) return known
    const group: HostGroup = { host, nodes: [], inner: [] }
    groups.set(host, group)
    const outer = host === undefined ? undefined : hostOf.get(host)
    if (outer === undefined) roots.push(group)
    else groupOf(outer).inner.push(group)
    return group
  }

  for (const node of shown) groupOf(node.on ?? (hosts.has(node.address) ? node.address : undefined)).nodes.push(node)
  for (const group of groups.values()) group.nodes.sort((a, b) => ranks[a.action] - ranks[b.action])
  return roots.sort((a, b) => worst(a) - worst(b))
}

const worst = (group: HostGroup): number =>
  Math.min(...group.nodes.map(({ action }) => Math.min(ranks[action], ranks.update)), ...group.inner.map(worst), 9)
