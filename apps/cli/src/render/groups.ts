/** What is on one host, and the hosts that live on it. `host` is undefined for this machine. */
export interface HostGroup<N> {
  host: string | undefined
  nodes: N[]
  inner: HostGroup<N>[]
}

interface Placed {
  address: string
  on?: string
}

/**
 * Groups resources by the one that contains them, layers inside layers. A machine that contains others and is itself on
 * nothing heads its own group. Otherwise the order is kept.
 */
export function groupByHost<N extends Placed>(shown: readonly N[], all: readonly N[]): HostGroup<N>[] {
  const hostOf = new Map(all.map((node) => [node.address, node.on]))
  const hosts = new Set(all.flatMap((node) => (node.on === undefined ? [] : [node.on])))
  const groups = new Map<string | undefined, HostGroup<N>>()
  const roots: HostGroup<N>[] = []

  const groupOf = (host: string | undefined): HostGroup<N> => {
    const known = groups.get(host)
    if (known) return known
    const group: HostGroup<N> = { host, nodes: [], inner: [] }
    groups.set(host, group)
    const outer = host === undefined ? undefined : hostOf.get(host)
    if (outer === undefined) roots.push(group)
    else groupOf(outer).inner.push(group)
    return group
  }

  for (const node of shown) groupOf(node.on ?? (hosts.has(node.address) ? node.address : undefined)).nodes.push(node)
  return roots
}
