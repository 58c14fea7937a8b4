import type { Path, SourceLocation } from '@lares/core'

/** What `!reset` and `!override` say about the value before: forget it, or forget it and take this one. */
export type Mark = 'reset' | 'override'

type Placed = {
  /** Where it was said: the key of an attribute, the item of a list. */
  at: SourceLocation
  mark?: Mark
}

export type ScalarNode = Placed & {
  kind: 'scalar'
  value: string | number | boolean | null
  /** What a value that is no string is as a string; what JavaScript makes of it when absent. */
  text?: string
}
export type ListNode = Placed & { kind: 'list'; items: readonly Node[] }
export type MapNode = Placed & { kind: 'map'; entries: ReadonlyMap<string, Node> }

/** A YAML value that knows where it was said. Never changed, so that trees may share parts. */
export type Node = ScalarNode | ListNode | MapNode

/** Plain JSON-like data. */
export type Plain = string | number | boolean | null | Plain[] | { [key: string]: Plain }

export const scalar = (at: SourceLocation, value: ScalarNode['value']): ScalarNode => ({ kind: 'scalar', at, value })
export const list = (at: SourceLocation, items: readonly Node[]): ListNode => ({ kind: 'list', at, items })
export const map = (at: SourceLocation, entries: Iterable<readonly [string, Node]>): MapNode => ({
  kind: 'map',
  at,
  entries: new Map(entries),
})

export const isNull = (node: Node): boolean => node.kind === 'scalar' && node.value === null

/** The entry of a map, or undefined when it is no map or has none. */
export const child = (node: Node | undefined, key: string): Node | undefined =>
  node?.kind === 'map' ? node.entries.get(key) : undefined

/** The entries of a map; none when it is none. */
export const entriesOf = (node: Node | undefined): [string, Node][] => (node?.kind === 'map' ? [...node.entries] : [])

/** The map with one entry set, or without it when the value is undefined. */
export function withEntry(node: MapNode, key: string, value: Node | undefined): MapNode {
  const entries = new Map(node.entries)
  if (value === undefined) entries.delete(key)
  else entries.set(key, value)
  return { ...node, entries }
}

/** A scalar as text, as it is needed where a string is meant: `1.50` is "1.5". Undefined for null, a list or a map. */
export function textOf(node: Node | undefined): string | undefined {
  if (node?.kind !== 'scalar' || node.value === null) return undefined
  return node.text ?? String(node.value)
}

/** The nearest node on the way to a path: what is missing was not said where its parent was. */
export function nearest(root: Node, path: Path): Node {
  let node = root
  for (const step of path) {
    const next = node.kind === 'list' ? node.items[Number(step)] : child(node, String(step))
    if (next === undefined) return node
    node = next
  }
  return node
}

/** The data of a tree, without its places. Keys are own properties whatever they are called. */
export function plain(node: Node): Plain {
  if (node.kind === 'scalar') return node.value
  if (node.kind === 'list') return node.items.map(plain)
  return Object.fromEntries([...node.entries].map(([key, value]) => [key, plain(value)]))
}

/** Every node of a tree with its path, the outer ones first. */
export function* walk(node: Node, path: Path = []): Generator<{ path: Path; node: Node }> {
  yield { path, node }
  if (node.kind === 'list') for (const [index, item] of node.items.entries()) yield* walk(item, [...path, index])
  if (node.kind === 'map') for (const [key, value] of node.entries) yield* walk(value, [...path, key])
}
