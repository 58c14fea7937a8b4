import { isNull, list, map, type Node, scalar, textOf } from '../yaml/tree.ts'
import { type Form, withMark } from './form.ts'

/** One text is a list of one. */
export const texts: Form = (node) => {
  if (node.kind !== 'list') return isNull(node) ? node : list(node.at, [node])
  return { ...node, items: node.items.map((item) => scalar(item.at, textOf(item) ?? '')) }
}

/** Entries of a mapping or `NAME=value` lines, as a mapping; `bare` is what a name without a value has. */
const keyValues =
  (bare: string | null): Form =>
  (node) => {
    const value = (it: Node): Node => withMark(scalar(it.at, textOf(it) ?? bare), it)
    if (node.kind === 'map')
      return { ...node, entries: new Map([...node.entries].map(([key, it]) => [key, value(it)])) }
    if (node.kind !== 'list') return node
    const pairs = node.items.map((item): [string, Node] => {
      const text = textOf(item) ?? ''
      const separator = text.indexOf('=')
      if (separator < 0) return [text, scalar(item.at, bare)]
      return [text.slice(0, separator), scalar(item.at, text.slice(separator + 1))]
    })
    return map(node.at, pairs)
  }

/** A label without a value is empty. */
export const labels = keyValues('')
/** A variable without a value takes the one of the environment. */
export const variables = keyValues(null)

/** Addresses by host name: `host=address` and `host:address` lines, or a mapping. */
export const hosts: Form = (node, path, report) => {
  const found = new Map<string, Node[]>()
  const add = (host: string, address: string, at: Node) => {
    const bare = address.replace(/^\[(.*)\]$/, '$1')
    found.set(host, [...(found.get(host) ?? []), scalar(at.at, bare)])
  }
  if (node.kind === 'map') {
    for (const [host, value] of node.entries) {
      for (const address of value.kind === 'list' ? value.items : [value]) add(host, textOf(address) ?? '', address)
    }
  } else if (node.kind === 'list') {
    for (const [index, item] of node.items.entries()) {
      const text = textOf(item) ?? ''
      const separator = text.includes('=') ? text.indexOf('=') : text.indexOf(':')
      if (separator < 0) report.problem(item, [...path, index], `"${text}" has no address: write ${text}=10.0.0.5`)
      else add(text.slice(0, separator), text.slice(separator + 1), item)
    }
  } else return node
  return {
    ...node,
    ...map(
      node.at,
      [...found].map(([host, items]) => [host, list(items[0]!.at, items)]),
    ),
  }
}

/** Items by name, from a list of names; `value` is what each of them then has. */
export const namesTo =
  (value: (item: Node) => Node): Form =>
  (node) => {
    if (node.kind !== 'list') return node
    return {
      ...node,
      ...map(
        node.at,
        node.items.map((item) => [textOf(item) ?? '', value(item)]),
      ),
    }
  }
