/** Ids that must come before an id. */
export type EdgesOf = (id: string) => readonly string[]

/** One cycle as its full path, `[a, b, c, a]`, or undefined. Edges to ids outside are ignored. */
export function findCycle(ids: Iterable<string>, edgesOf: EdgesOf): string[] | undefined {
  const all = new Set(ids)
  const finished = new Map<string, boolean>()
  for (const start of all) {
    if (finished.has(start)) continue
    const path: string[] = []
    const remaining: { edges: readonly string[]; left: number }[] = []
    const enter = (id: string) => {
      const edges = edgesOf(id)
      finished.set(id, false)
      path.push(id)
      remaining.push({ edges, left: edges.length })
    }
    enter(start)
    for (let current = remaining.at(-1); current; current = remaining.at(-1)) {
      if (current.left === 0) {
        remaining.pop()
        finished.set(path.pop()!, true)
        continue
      }
      const next = current.edges[--current.left]!
      const seen = finished.get(next)
      if (seen === false) return [...path.slice(path.indexOf(next)), next]
      if (seen === undefined && all.has(next)) enter(next)
    }
  }
  return undefined
}

/** Ids in an order in which each comes after its edges; otherwise in the order given. Expects no cycle. */
export function topological(ids: Iterable<string>, edgesOf: EdgesOf): string[] {
  const all = new Set(ids)
  const placed = new Set<string>()
  const order: string[] = []
  for (const start of all) {
    if (placed.has(start)) continue
    const stack = [start]
    while (stack.length > 0) {
      const id = stack.at(-1)!
      const missing = placed.has(id) ? undefined : edgesOf(id).filter((edge) => all.has(edge) && !placed.has(edge))
      if (missing !== undefined && missing.length > 0) stack.push(...missing.reverse())
      else {
        stack.pop()
        if (!placed.has(id)) order.push(id)
        placed.add(id)
      }
    }
  }
  return order
}

/** Everything that can be reached from the ids, themselves included. */
export function reachable(ids: Iterable<string>, edgesOf: EdgesOf): Set<string> {
  const found = new Set<string>()
  const queue = [...ids]
  while (queue.length > 0) {
    const id = queue.pop()!
    if (found.has(id)) continue
    found.add(id)
    queue.push(...edgesOf(id))
  }
  return found
}

/** The edges the other way round. */
export function reverse(ids: Iterable<string>, edgesOf: EdgesOf): EdgesOf {
  const reversed = new Map<string, string[]>()
  for (const id of ids) {
    for (const edge of edgesOf(id)) {
      const list = reversed.get(edge)
      if (list) list.push(id)
      else reversed.set(edge, [id])
    }
  }
  return (id) => reversed.get(id) ?? []
}

/** Visits every id once all its edges have been visited. Rejects with the first error of a visit, after those under way have ended. */
export async function walk(
  ids: Iterable<string>,
  edgesOf: EdgesOf,
  visit: (id: string) => Promise<void>,
): Promise<void> {
  const all = new Set(ids)
  const waiting = new Map<string, number>()
  const dependents = reverse(all, edgesOf)
  const ready: string[] = []
  for (const id of all) {
    const count = new Set(edgesOf(id).filter((edge) => all.has(edge))).size
    waiting.set(id, count)
    if (count === 0) ready.push(id)
  }
  await new Promise<void>((resolve, reject) => {
    let underWay = 0
    let failure: { error: unknown } | undefined
    const release = (id: string): void => {
      for (const dependent of new Set(dependents(id))) {
        const left = (waiting.get(dependent) ?? 0) - 1
        waiting.set(dependent, left)
        if (left === 0) ready.push(dependent)
      }
    }
    const pump = (): void => {
      for (let id = ready.pop(); id !== undefined && !failure; id = ready.pop()) {
        const current = id
        underWay++
        visit(current).then(
          () => {
            underWay--
            release(current)
            pump()
          },
          (error: unknown) => {
            underWay--
            failure ??= { error }
            pump()
          },
        )
      }
      if (underWay > 0) return
      if (failure) reject(failure.error)
      else resolve()
    }
    ready.reverse()
    pump()
  })
}
