import type { Strike } from './workspace.ts'

/** A generator of numbers from 0 to 1, the same for the same seed (mulberry32). */
export function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export function shuffled<T>(items: Iterable<T>, next: () => number): T[] {
  return [...items]
    .map((item) => ({ item, place: next() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item)
}

/** `POST /containers/create #7 before` is one of the kind `POST /containers/create before`. */
export const kindOf = (boundary: string): string => boundary.replace(/ #\d+/, '')

export const isRead = (boundary: string): boolean => boundary.startsWith('GET ')

/**
 * The strikes on one phase that are left, in the order that finds most soonest: one boundary of each kind that changes
 * something, moments within `ms`, one of each kind that reads, then the rest.
 */
export function strikesOn(
  boundaries: readonly string[],
  { moments, ms, seed, struck }: { moments: number; ms: number; seed: number; struck: ReadonlySet<string> },
): Strike[] {
  const next = random(seed)
  const kinds = new Set([...struck].map(kindOf))
  const ranks: Strike[][] = [[], [], [], []]
  for (const boundary of shuffled(new Set(boundaries), next)) {
    if (struck.has(boundary)) continue
    const kind = kindOf(boundary)
    ranks[(kinds.has(kind) ? 2 : 0) + Number(isRead(boundary))]!.push({ boundary })
    kinds.add(kind)
  }
  const [changing = [], ...others] = ranks
  const clock = Array.from({ length: moments }, (_, index) => ({
    afterMs: Math.round(((index + next()) / moments) * ms),
  }))
  return [...changing, ...shuffled(clock, next), ...others.flat()]
}
