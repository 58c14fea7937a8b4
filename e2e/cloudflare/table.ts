/** The rows of a collection as they are, or as they were at some moment. */
export interface Rows<Row> {
  get(id: string): Row | undefined
  /** In the order in which they were made. */
  all(): Row[]
}

/** A collection. Rows are replaced, never changed in place, so that what they were before can still be shown. */
export interface Table<Row> extends Rows<Row> {
  put(id: string, row: Row): void
  delete(id: string): void
  /** The rows at an earlier moment (milliseconds of the clock), not further back than the table remembers. */
  asOf(moment: number): Rows<Row>
}

interface Write<Row> {
  at: number
  id: string
  before: Row | undefined
}

/** An empty collection that remembers what it was up to `memory` milliseconds ago. */
export function createTable<Row>(clock: () => number, memory: () => number): Table<Row> {
  const rows = new Map<string, Row>()
  const order = new Set<string>()
  let writes: Write<Row>[] = []
  const remember = (id: string) => {
    const at = clock()
    writes = writes.filter((write) => write.at >= at - memory())
    writes.push({ at, id, before: rows.get(id) })
  }
  const listed = (of: Map<string, Row>) => [...order].flatMap((id) => of.get(id) ?? [])
  return {
    get: (id) => rows.get(id),
    all: () => listed(rows),
    put(id, row) {
      remember(id)
      order.add(id)
      rows.set(id, row)
    },
    delete(id) {
      remember(id)
      rows.delete(id)
    },
    asOf(moment) {
      const later = writes.filter(({ at }) => at > moment)
      if (later.length === 0) return { get: (id) => rows.get(id), all: () => listed(rows) }
      const then = new Map(rows)
      for (const { id, before } of later.reverse()) {
        if (before === undefined) then.delete(id)
        else then.set(id, before)
      }
      return { get: (id) => then.get(id), all: () => listed(then) }
    },
  }
}
