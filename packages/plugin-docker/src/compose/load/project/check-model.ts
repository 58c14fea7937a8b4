import { type Diagnostic, formatPath, type Path, problem, warning } from '@lares/core'
import { child, entriesOf, type Node, textOf } from '../yaml/tree.ts'

/** What a model lacks, or says twice, once all its files are merged. */
export function checkModel(model: Node): Diagnostic[] {
  const diagnostics: Diagnostic[] = []
  const refuse = (node: Node, path: Path, summary: string) => {
    const at = formatPath(path)
    diagnostics.push(problem({ code: 'invalid_attribute', summary: `${at}: ${summary}`, path: at, source: node.at }))
  }
  const version = child(model, 'version')
  if (version !== undefined) {
    const advice = 'Remove it.'
    const summary = 'The attribute "version" is obsolete and ignored'
    diagnostics.push(warning({ code: 'deprecated_attribute', summary, path: 'version', source: version.at, advice }))
  }
  for (const [name, service] of entriesOf(child(model, 'services'))) checkService(service, ['services', name], refuse)
  for (const [name, volume] of entriesOf(child(model, 'volumes'))) {
    if (textOf(child(volume, 'external')) !== 'true') continue
    for (const [key, value] of entriesOf(volume)) {
      if (key === 'external' || key === 'name' || key.startsWith('x-')) continue
      refuse(value, ['volumes', name, key], 'Nothing can be said about an external volume but its name')
    }
  }
  for (const [section, sources] of [
    ['configs', ['file', 'environment', 'content']],
    ['secrets', ['file', 'environment']],
  ] as const) {
    for (const [name, object] of entriesOf(child(model, section))) {
      const said = sources.filter((source) => child(object, source) !== undefined)
      const isElsewhere = child(object, 'external') !== undefined
      const names = sources.join(', ')
      if (said.length > 1) refuse(object, [section, name], `Only one of ${names} can be set`)
      if (said.length === 0 && !isElsewhere) refuse(object, [section, name], `One of ${names} has to be set`)
    }
  }
  return diagnostics
}

function checkService(service: Node, path: Path, refuse: (node: Node, path: Path, summary: string) => void): void {
  const required = (node: Node, at: Path, keys: readonly string[]) => {
    for (const key of keys) if (child(node, key) === undefined) refuse(node, at, `"${key}" is missing`)
  }
  for (const [name, dependency] of entriesOf(child(service, 'depends_on'))) {
    required(dependency, [...path, 'depends_on', name], ['condition'])
  }
  for (const [of, at] of [
    [child(service, 'ulimits'), [...path, 'ulimits']],
    [child(child(service, 'build'), 'ulimits'), [...path, 'build', 'ulimits']],
  ] as const) {
    for (const [name, limit] of entriesOf(of)) {
      if (limit.kind === 'map') required(limit, [...at, name], ['soft', 'hard'])
    }
  }
  const volumes = child(service, 'volumes')
  for (const [index, volume] of (volumes?.kind === 'list' ? volumes.items : []).entries()) {
    required(volume, [...path, 'volumes', index], ['target'])
  }
  for (const [devices, at] of [
    [child(service, 'gpus'), [...path, 'gpus']],
    [
      child(child(child(child(service, 'deploy'), 'resources'), 'reservations'), 'devices'),
      [...path, 'deploy', 'resources', 'reservations', 'devices'],
    ],
  ] as const) {
    for (const [index, device] of (devices?.kind === 'list' ? devices.items : []).entries()) {
      const both = child(device, 'count') !== undefined && child(device, 'device_ids') !== undefined
      if (both) refuse(device, [...at, index], 'Either "count" or "device_ids" can be set, not both')
    }
  }
}
