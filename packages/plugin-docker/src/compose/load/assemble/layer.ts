import { type Diagnostic, type Path, parsePath, problem } from '@lares/core'
import { toLongForm } from '../long-form/long-form.ts'
import { validateFile } from '../schema/validate.ts'
import { interpolateTree } from '../variables/interpolate.ts'
import { child, entriesOf, isNull, type MapNode, map, type Node, withEntry } from '../yaml/tree.ts'
import { REPLACED, withoutMarks } from './merge.ts'
import { withAbsolutePaths } from './paths.ts'
import type { Reading } from './reading.ts'

const SECTIONS = ['services', 'networks', 'volumes', 'configs', 'secrets', 'include']

/** Where the relative paths and the variables of a file come from. */
export type Scope = { directory: string; environment: ReadonlyMap<string, string> }

/**
 * A document as a layer of the model: variables replaced, checked against the specification, in its long form and with
 * absolute paths. Attributes that are wrong are left out; without a layer it is wrong as a whole.
 */
export function toLayer(
  document: Node,
  scope: Scope,
  { home, uses }: Pick<Reading, 'home' | 'uses'>,
  before: MapNode | undefined,
): { layer?: MapNode; diagnostics: Diagnostic[] } {
  if (document.kind !== 'map') {
    const summary = 'A Compose file is a mapping with services, networks and volumes'
    return { diagnostics: [problem({ code: 'invalid_attribute', summary, source: document.at })] }
  }
  const interpolated = interpolateTree(document, (name) => scope.environment.get(name), uses)
  const said = withoutIdle(interpolated.tree as MapNode, before)
  const diagnostics = [...interpolated.diagnostics, ...validateFile(withoutMarks(said))]
  const valid = withoutWrong(said, diagnostics)
  if (valid === undefined) return { diagnostics }
  const { tree, diagnostics: values } = toLongForm(valid)
  diagnostics.push(...values)
  const layer = withoutWrong(tree as MapNode, values)
  return { ...(layer && { layer: withAbsolutePaths(layer, scope.directory, home) }), diagnostics }
}

/**
 * The document without the attributes that are wrong, so that what else is wrong is found as well; undefined when it is
 * more than an attribute of a service or another object.
 */
function withoutWrong(document: MapNode, diagnostics: readonly Diagnostic[]): MapNode | undefined {
  let result = document
  for (const { severity, path } of diagnostics) {
    if (severity !== 'error') continue
    const steps = path ? parsePath(path).slice(0, 3) : []
    const isExtra = steps.length === 1 && !SECTIONS.includes(String(steps[0]))
    if (steps.length < 3 && !isExtra) return undefined
    result = removed(result, steps)
  }
  return result
}

function removed(node: MapNode, [step = '', ...rest]: Path): MapNode {
  const value = child(node, String(step))
  if (value === undefined || rest.length === 0) return withEntry(node, String(step), undefined)
  return value.kind === 'map' ? withEntry(node, String(step), removed(value, rest)) : node
}

/** An empty attribute says nothing where there is a value already, or a base that may have one. */
function withoutIdle(document: MapNode, before: MapNode | undefined): MapNode {
  let result = document
  for (const section of SECTIONS) {
    const said = child(document, section)
    if (said === undefined || said.mark === 'reset') continue
    if (isNull(said) && child(before, section) !== undefined) result = withEntry(result, section, undefined)
    if (said.kind !== 'map') continue
    let kept = said
    for (const [name, value] of said.entries) {
      const known = child(child(before, section), name)
      if (isNull(value) && known !== undefined && value.mark === undefined) kept = withEntry(kept, name, undefined)
      if (section === 'services') kept = withEntry(kept, name, withoutEmpty(value, known))
    }
    result = withEntry(result, section, kept)
  }
  return result
}

function withoutEmpty(service: Node, known: Node | undefined): Node | undefined {
  if (isNull(service) && known !== undefined && service.mark === undefined) return undefined
  if (service.kind !== 'map') return service
  const inherits = service.entries.has('extends')
  const kept = entriesOf(service).filter(
    ([key, value]) =>
      !isNull(value) ||
      value.mark !== undefined ||
      REPLACED.includes(key) ||
      !(inherits || child(known, key) !== undefined),
  )
  return { ...map(service.at, kept), ...(service.mark && { mark: service.mark }) }
}
