import { type Diagnostic, formatPath, type Path, problem } from '@lares/core'
import { child, isNull, type ListNode, type MapNode, type Node, textOf } from '../yaml/tree.ts'
import { type ListKeys, listKeys } from './list-keys.ts'

/** What a later file says anew, and does not add to; nothing there means what the image has. */
export const REPLACED = ['command', 'entrypoint', 'healthcheck.test', 'ulimits.*']
/** Mappings in which an empty entry means something: a variable that is inherited. */
const WITH_EMPTY = ['environment', 'build.args']

/**
 * A model with what a later file says about it, by the rules of the specification: mappings are merged, lists appended,
 * single values replaced; `!reset` forgets what stood before and `!override` replaces it. Both models are in their long form.
 */
export function mergeModels(base: MapNode, over: MapNode): { tree: MapNode; diagnostics: Diagnostic[] } {
  const diagnostics: Diagnostic[] = []
  const merged = mergeMaps(base, over, [], diagnostics)
  return { tree: withoutMarks(merged) as MapNode, diagnostics }
}

/** A service with what extends it; `!reset` and `!override` keep their effect on files before. */
export function mergeService(base: Node, over: Node, name: string): { tree: Node; diagnostics: Diagnostic[] } {
  const diagnostics: Diagnostic[] = []
  return { tree: merge(base, over, ['services', name], diagnostics), diagnostics }
}

function merge(base: Node, over: Node, path: Path, diagnostics: Diagnostic[]): Node {
  if (over.mark !== undefined) return over
  if (base.mark === 'reset') return { ...over, mark: 'override' }
  if (isAt(path, REPLACED)) return over
  if (isNull(over)) return isWithin(path, WITH_EMPTY) ? over : base
  if (isNull(base)) return over
  if (base.kind === 'map' && over.kind === 'map') return mergeMaps(base, over, path, diagnostics)
  if (base.kind === 'list' && over.kind === 'list') return { ...over, items: [...base.items, ...over.items] }
  if (base.kind !== over.kind) {
    const summary = `${formatPath(path)}: ${kindName(over)} cannot be merged with ${kindName(base)}`
    const detail = `${kindName(base)} stands at ${base.at.file}:${base.at.line}.`
    const advice = 'Write both in the same way, or replace the first with !override.'
    diagnostics.push(
      problem({ code: 'merge_conflict', summary, detail, path: formatPath(path), source: over.at, advice }),
    )
  }
  return over
}

function mergeMaps(base: MapNode, over: MapNode, path: Path, diagnostics: Diagnostic[]): MapNode {
  if (isAt(path, ['logging']) && driversDiffer(base, over)) return over
  const entries = new Map(base.entries)
  for (const [key, value] of over.entries) {
    const before = entries.get(key)
    const isExtension = key.startsWith('x-') && path.length !== 1
    entries.set(key, before === undefined || isExtension ? value : merge(before, value, [...path, key], diagnostics))
  }
  return { ...base, entries }
}

function driversDiffer(base: Node, over: Node): boolean {
  const [one, other] = [textOf(child(base, 'driver')), textOf(child(over, 'driver'))]
  return one !== undefined && other !== undefined && one !== other
}

const kindName = ({ kind }: Node): string => ({ scalar: 'a single value', list: 'a list', map: 'a mapping' })[kind]

/** Whether a path is that of an attribute of a service; `*` stands for any name. */
const isAt = (path: Path, attributes: readonly string[]): boolean =>
  path[0] === 'services' &&
  attributes.some((attribute) => {
    const steps = attribute.split('.')
    return steps.length === path.length - 2 && steps.every((step, index) => step === '*' || step === path[index + 2])
  })

const isWithin = (path: Path, attributes: readonly string[]): boolean => isAt(path.slice(0, -1), attributes)

/** Without what `!reset` stands on; `!override` has had its effect. */
export function withoutMarks(node: Node): Node {
  const { mark: _, ...rest } = node
  if (rest.kind === 'scalar') return rest
  if (rest.kind === 'list') {
    return { ...rest, items: rest.items.filter(({ mark }) => mark !== 'reset').map(withoutMarks) }
  }
  const kept = [...rest.entries].filter(([, { mark }]) => mark !== 'reset')
  return { ...rest, entries: new Map(kept.map(([key, value]) => [key, withoutMarks(value)])) }
}

/** A model whose lists say each thing once: a later item takes the place of the one it is about. */
export function withoutDuplicates(root: MapNode): { tree: MapNode; diagnostics: Diagnostic[] } {
  const diagnostics: Diagnostic[] = []
  const once = (node: Node, keys: ListKeys | undefined, path: Path): Node => {
    if (keys === undefined) return node
    if (node.kind === 'list' && typeof keys === 'function') return { ...node, items: byKey(node, keys) }
    if (node.kind === 'list' && keys === 'refused') reportRepeated(node, path, diagnostics)
    if (typeof keys !== 'object') return node
    const inner = (value: Node, step: string | number) =>
      once(value, Object.hasOwn(keys, step) ? keys[step] : keys['*'], [...path, step])
    if (node.kind === 'list') return { ...node, items: node.items.map(inner) }
    if (node.kind === 'scalar') return node
    return { ...node, entries: new Map([...node.entries].map(([key, value]) => [key, inner(value, key)])) }
  }
  return { tree: once(root, listKeys, []) as MapNode, diagnostics }
}

function byKey(node: ListNode, key: (item: Node) => string): Node[] {
  const found = new Map<string, Node>()
  for (const item of node.items) found.set(key(item), item)
  return [...found.values()]
}

function reportRepeated(node: ListNode, path: Path, diagnostics: Diagnostic[]): void {
  const seen = new Set<string>()
  for (const [index, item] of node.items.entries()) {
    const text = textOf(item)
    if (text === undefined) continue
    if (seen.has(text)) {
      const at = formatPath([...path, index])
      diagnostics.push(
        problem({
          code: 'invalid_attribute',
          summary: `${at}: "${text}" stands twice in the list`,
          path: at,
          source: item.at,
        }),
      )
    }
    seen.add(text)
  }
}
