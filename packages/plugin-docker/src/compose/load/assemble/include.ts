import { dirname } from 'node:path'
import { equal, formatPath, problem } from '@lares/core'
import { child, entriesOf, list, type MapNode, map, type Node, plain, textOf, withEntry } from '../yaml/tree.ts'
import { readEnvironment } from './environment.ts'
import type { Scope } from './layer.ts'
import { resolvePath } from './paths.ts'
import type { Reading } from './reading.ts'

const SECTIONS = ['services', 'networks', 'volumes', 'configs', 'secrets']

/** Loads the files of a scope into one model; `within` are the files that include them. */
export type LoadModel = (
  files: readonly string[],
  scope: Scope,
  reading: Reading,
  within: readonly string[],
) => Promise<MapNode | undefined>

/** A layer with everything that the files which it includes bring, each loaded by itself; undefined when one can't be. */
export async function applyIncludes(
  layer: MapNode,
  scope: Scope,
  reading: Reading,
  within: readonly string[],
  loadModel: LoadModel,
): Promise<MapNode | undefined> {
  const includes = child(layer, 'include')
  let result = withEntry(layer, 'include', undefined)
  if (includes?.kind !== 'list') return result
  let failed = false
  for (const include of includes.items) {
    if (!reading.mayInclude(include.at)) return undefined
    const absolute = (path: string) => resolvePath(path, scope.directory, reading.home)
    const said = include.kind === 'map' ? include : map(include.at, [['path', include]])
    const files = textsOf(child(said, 'path')).map(absolute)
    const [main] = files
    if (main === undefined) continue
    if (within.includes(main)) {
      const detail = [...within, main].map((file, index) => (index === 0 ? file : `includes ${file}`)).join('\n')
      const summary = `The file ${main} includes itself`
      reading.diagnostics.push(problem({ code: 'include_cycle', summary, detail, source: include.at }))
      failed = true
      continue
    }
    const ownDirectory = textOf(child(said, 'project_directory'))
    const directory = ownDirectory === undefined ? dirname(main) : absolute(ownDirectory)
    const named = textsOf(child(said, 'env_file')).map(absolute)
    const { variables } = await readEnvironment(
      scope.environment,
      named.length > 0 ? named : undefined,
      directory,
      reading,
    )
    const model = await loadModel(files, { directory, environment: variables }, reading, within)
    failed ||= model === undefined
    if (model !== undefined) result = withImported(result, model, include, reading)
  }
  return failed ? undefined : result
}

function withImported(layer: MapNode, imported: MapNode, include: Node, reading: Reading): MapNode {
  let result = layer
  for (const section of SECTIONS) {
    let target = child(result, section) ?? map(include.at, [])
    if (target.kind !== 'map') continue
    for (const [name, value] of entriesOf(child(imported, section))) {
      const own = target.entries.get(name)
      if (own === undefined) target = withEntry(target, name, value)
      else if (!equal(plain(own), plain(value))) {
        const path = formatPath([section, name])
        const detail = `It stands at ${own.at.file}:${own.at.line} and, differently, at ${value.at.file}:${value.at.line}.`
        const advice = 'Give one of the two another name, or change the included one in an override file.'
        const summary = `${path} conflicts with what is included`
        reading.diagnostics.push(problem({ code: 'include_conflict', summary, path, detail, source: own.at, advice }))
      }
    }
    if (target.entries.size > 0 || child(result, section) !== undefined) result = withEntry(result, section, target)
  }
  return result
}

const textsOf = (node: Node | undefined): string[] =>
  (node?.kind === 'list' ? node : list(node?.at ?? { file: '' }, node === undefined ? [] : [node])).items
    .map(textOf)
    .filter((text) => text !== undefined)
