import type { Path } from '@lares/core'
import type { Node } from '../yaml/tree.ts'
import type { Report } from './report.ts'

/** Brings the value of an attribute into its long form; what is no value for it is reported and stays. */
export type Form = (node: Node, path: Path, report: Report) => Node

/** Forms by place: an attribute, `*` for every name or item, and what stands below. */
export type Forms = { readonly [name: string]: Form | Forms | readonly [Form, Forms] }

/** The tree with every value in the form that belongs to its place; the outer value first. */
export function applyForms(node: Node, forms: Forms, report: Report, path: Path = []): Node {
  const inner = (value: Node, step: string | number): Node => {
    const entry = Object.hasOwn(forms, step) ? forms[step] : forms['*']
    if (entry === undefined) return value
    const at = [...path, step]
    if (typeof entry === 'function') return withMark(entry(value, at, report), value)
    if (!isPair(entry)) return applyForms(value, entry, report, at)
    return applyForms(withMark(entry[0](value, at, report), value), entry[1], report, at)
  }
  if (node.kind === 'list') return { ...node, items: node.items.map(inner) }
  if (node.kind !== 'map') return node
  return { ...node, entries: new Map([...node.entries].map(([key, value]) => [key, inner(value, key)])) }
}

/** What `!reset` and `!override` stand on keeps its mark in the other form. */
export const withMark = (node: Node, { mark }: Node): Node => (mark === undefined ? node : { ...node, mark })

const isPair = (entry: Forms[string]): entry is readonly [Form, Forms] => Array.isArray(entry)
