import { dirname } from 'node:path'
import { didYouMean, formatPath, problem, type SourceLocation } from '@lares/core'
import { child, entriesOf, type MapNode, type Node, textOf, withEntry } from '../yaml/tree.ts'
import { type Scope, toLayer } from './layer.ts'
import { mergeModels, mergeService } from './merge.ts'
import { resolvePath } from './paths.ts'
import type { Reading } from './reading.ts'

/** Longer chains of `extends` are a mistake. */
const LONGEST = 50

type Services = { file: string; directory: string; services: Node | undefined }

/** A layer whose services have what they extend, from this file and from others. */
export async function applyExtends(layer: MapNode, file: string, scope: Scope, reading: Reading): Promise<MapNode> {
  const services = child(layer, 'services')
  if (services?.kind !== 'map') return layer
  const bases = new Map<string, Services | undefined>()

  const resolve = async (name: string, from: Services, trail: readonly string[]): Promise<Node | undefined> => {
    const service = child(from.services, name)
    const said = child(service, 'extends')
    if (service?.kind !== 'map' || said === undefined) return service
    const alone = withEntry(service, 'extends', undefined)
    const refuse = (code: string, summary: string, more: { detail?: string; advice?: string } = {}) => {
      const path = formatPath(['services', name, 'extends'])
      reading.diagnostics.push(problem({ code, summary, path, source: said.at, ...more }))
      return alone
    }
    const step = `${name} in ${from.file}`
    if (trail.length > LONGEST) {
      return refuse(
        'extends_too_long',
        `The service ${trail[0]} extends more than ${LONGEST} others, one through the other`,
      )
    }
    if (trail.includes(step)) {
      const way = [...trail, step].map((it, index) => (index === 0 ? it : `extends ${it}`))
      return refuse('extends_cycle', `The service ${name} extends itself`, { detail: way.join('\n') })
    }
    const wanted = textOf(child(said, 'service')) ?? ''
    const other = textOf(child(said, 'file'))
    const source = other === undefined ? from : await open(resolvePath(other, from.directory, reading.home), said.at)
    if (source === undefined)
      return refuse('extends_unreadable', `The service ${name} extends one of a file that cannot be used`)
    if (child(source.services, wanted) === undefined) {
      const summary = `The service ${name} extends ${wanted}, which is not in ${source.file}`
      return refuse(
        'extends_unknown',
        summary,
        didYouMean(
          wanted,
          entriesOf(source.services).map(([key]) => key),
        ),
      )
    }
    const base = await resolve(wanted, source, [...trail, step])
    if (base === undefined) return alone
    const { tree, diagnostics } = mergeService(base, alone, name)
    reading.diagnostics.push(...diagnostics)
    return diagnostics.length > 0 ? alone : tree
  }

  const open = async (path: string, at: SourceLocation): Promise<Services | undefined> => {
    if (!bases.has(path)) bases.set(path, await readServices(path, at))
    return bases.get(path)
  }

  const readServices = async (path: string, at: SourceLocation): Promise<Services | undefined> => {
    const documents = await reading.documents(path, at)
    const directory = dirname(path)
    let model: MapNode | undefined
    for (const document of documents ?? []) {
      const { layer, diagnostics } = toLayer(document, { ...scope, directory }, reading, model)
      reading.diagnostics.push(...diagnostics)
      if (layer === undefined) return undefined
      model = model === undefined ? layer : mergeModels(model, layer).tree
    }
    return model === undefined ? undefined : { file: path, directory, services: child(model, 'services') }
  }

  const own: Services = { file, directory: scope.directory, services }
  let resolved = services
  for (const [name] of services.entries) resolved = withEntry(resolved, name, await resolve(name, own, []))
  return withEntry(layer, 'services', resolved)
}
