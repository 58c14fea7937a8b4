import { type Diagnostic, formatPath, type Path, problem, warning } from '@lares/core'
import type { Node } from '../yaml/tree.ts'
import { type Lookup, substitute } from './template.ts'
import type { VariableUses } from './uses.ts'

/** The tree with the variables in all its values replaced, each problem and each unset variable told with its line. */
export function interpolateTree(
  root: Node,
  lookup: Lookup,
  uses: VariableUses,
): { tree: Node; diagnostics: Diagnostic[] } {
  const diagnostics: Diagnostic[] = []
  const told = new Set<string>()
  const replace = (node: Node, path: Path): Node => {
    if (node.kind === 'list')
      return { ...node, items: node.items.map((item, index) => replace(item, [...path, index])) }
    if (node.kind === 'map') {
      return { ...node, entries: new Map([...node.entries].map(([key, it]) => [key, replace(it, [...path, key])])) }
    }
    if (typeof node.value !== 'string' || !node.value.includes('$')) return node
    const noted: Lookup = (name) => {
      const value = lookup(name)
      uses.note(node.at, name, value ?? '')
      return value
    }
    const { text, unset, problem: wrong } = substitute(node.value, noted)
    const where = { path: formatPath(path), source: node.at }
    if (wrong?.kind === 'missing') {
      diagnostics.push(problem({ code: 'variable_missing', summary: wrong.message, ...where, advice: SET }))
    } else if (wrong) {
      const advice = 'Write $$ where a dollar sign is meant.'
      diagnostics.push(problem({ code: 'variable_malformed', summary: wrong.message, ...where, advice }))
    }
    for (const name of new Set(unset)) {
      const key = `${name} ${node.at.file}:${node.at.line}`
      if (told.has(key)) continue
      told.add(key)
      diagnostics.push(
        warning({
          code: 'variable_unset',
          summary: `The variable ${name} is not set, and nothing stands in its place`,
          ...where,
          advice: SET,
        }),
      )
    }
    return { ...node, value: text }
  }
  return { tree: replace(root, []), diagnostics }
}

const SET = 'Set it in the environment of the project or in its .env file, or give it a default: ${NAME:-default}.'
