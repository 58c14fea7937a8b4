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

/**
 * All strikes on one phase in the order that finds most soonest: one boundary of each kind, moments within `ms`, the rest
 * of the boundaries, those of reads last.
 */
export function strikesOn(
  boundaries: readonly string[],
  { moments, ms, seed }: { moments: number; ms: number; seed: number },
): Strike[] {
  const next = random(seed)
  const kinds = new Set<string>()
  const first: string[] = []
  const others: string[] = []
  for (const boundary of shuffled(new Set(boundaries), next)) {
    const kind = kindOf(boundary)
    ;(kinds.has(kind) ? others : first).push(boundary)
    kinds.add(kind)
  }
  const isRead = (boundary: string) => boundary.startsWith('GET ')
  const clock = Array.from({ length: moments }, (_, index) => ({
    afterMs: Math.round(((index + next()) / moments) * ms),
  }))
  const last = [...others.filter((boundary) => !isRead(boundary)), ...others.filter(isRead)]
  return [
    ...first.map((boundary) => ({ boundary })),
    ...shuffled(clock, next),
    ...last.map((boundary) => ({ boundary })),
  ]
}
