import { hasErrors, problem } from '@lares/core'
import { child, entriesOf, isNull, type MapNode, scalar, withEntry } from '../yaml/tree.ts'
import { applyExtends } from './extends.ts'
import { applyIncludes } from './include.ts'
import { type Scope, toLayer } from './layer.ts'
import { mergeModels, withoutDuplicates, withoutMarks } from './merge.ts'
import type { ComposeFile, Reading } from './reading.ts'

/**
 * The model of compose files, later ones over earlier ones, with all that they extend and include. What is wrong is in the
 * diagnostics of the reading, and left out; undefined when that leaves no model.
 */
export async function loadModel(
  files: readonly ComposeFile[],
  scope: Scope,
  reading: Reading,
  within: readonly string[] = [],
): Promise<MapNode | undefined> {
  let model: MapNode | undefined
  let failed = false
  for (const file of files) {
    const name = typeof file === 'string' ? file : file.name
    const documents = await reading.documents(file)
    failed ||= documents === undefined
    for (const document of documents ?? []) {
      const { layer, diagnostics } = toLayer(document, scope, reading, model)
      reading.diagnostics.push(...diagnostics)
      failed ||= layer === undefined
      if (layer === undefined) continue
      const extended = await applyExtends(layer, name, scope, reading)
      const whole = await applyIncludes(extended, scope, reading, [...within, name], loadModel)
      failed ||= whole === undefined
      if (whole === undefined) continue
      const merged =
        model === undefined ? { tree: withoutMarks(whole) as MapNode, diagnostics: [] } : mergeModels(model, whole)
      const once = withoutDuplicates(merged.tree)
      reading.diagnostics.push(...merged.diagnostics, ...once.diagnostics)
      failed ||= hasErrors(merged.diagnostics)
      model = once.tree
    }
  }
  if (failed) return undefined
  if (model === undefined || model.entries.size === 0) {
    const name = typeof files[0] === 'string' ? files[0] : (files[0]?.name ?? '')
    reading.diagnostics.push(
      problem({ code: 'compose_empty', summary: 'The Compose file is empty', source: { file: name } }),
    )
    return undefined
  }
  return withInherited(model, scope)
}

/** Variables of services that have no value take it from where the file's own variables come from. */
function withInherited(model: MapNode, { environment }: Scope): MapNode {
  let services = child(model, 'services')
  if (services?.kind !== 'map') return model
  for (const [name, service] of services.entries) {
    let variables = child(service, 'environment')
    if (service.kind !== 'map' || variables?.kind !== 'map') continue
    for (const [key, value] of entriesOf(variables)) {
      const inherited = environment.get(key)
      if (isNull(value) && inherited !== undefined)
        variables = withEntry(variables as MapNode, key, scalar(value.at, inherited))
    }
    services = withEntry(services as MapNode, name, withEntry(service, 'environment', variables))
  }
  return withEntry(model, 'services', services)
}
