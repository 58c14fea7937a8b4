import { isAbsolute, join, resolve } from 'node:path'
import { applyForms, type Form, type Forms } from '../long-form/form.ts'
import { createReport } from '../long-form/report.ts'
import { child, type MapNode, type Node, scalar, textOf, withEntry } from '../yaml/tree.ts'

const WINDOWS = /^(?:\p{L}:[\\/]|\\\\)/u
const REMOTE = /:\/\/|^(?:service:|github\.com\/|git@)/

/** A path as Compose reads it: `~` is the home directory, what is not absolute is relative to a directory. */
export function resolvePath(path: string, directory: string, home: string): string {
  if (path === '~' || path.startsWith('~/')) return join(home, path.slice(1))
  return isAbsolute(path) || WINDOWS.test(path) ? path : resolve(directory, path)
}

/** A model in its long form whose paths on the host are absolute. */
export function withAbsolutePaths(root: MapNode, directory: string, home: string): MapNode {
  const absolute: Form = (node) => {
    const text = textOf(node)
    return text === undefined ? node : scalar(node.at, resolvePath(text, directory, home))
  }
  const context: Form = (node, path, report) => (REMOTE.test(textOf(node) ?? '') ? node : absolute(node, path, report))
  /** The entry of a mapping made absolute, where the rest of the mapping says that it is a path. */
  const entryWhen =
    (key: string, isPath: (node: Node) => boolean): Form =>
    (node, path, report) => {
      const value = child(node, key)
      if (node.kind !== 'map' || value === undefined || !isPath(node)) return node
      return withEntry(node, key, absolute(value, [...path, key], report))
    }
  const bindMount = entryWhen('source', (node) => textOf(child(node, 'type')) === 'bind')
  const forms: Forms = {
    services: {
      '*': {
        build: { context, additional_contexts: { '*': context } },
        develop: { watch: { '*': { path: absolute } } },
        env_file: { '*': { path: absolute } },
        label_file: { '*': absolute },
        volumes: { '*': bindMount },
      },
    },
    volumes: { '*': boundVolume(entryWhen('device', (node) => textOf(child(node, 'o')) === 'bind')) },
    configs: { '*': { file: absolute } },
    secrets: { '*': { file: absolute } },
  }
  return applyForms(root, forms, createReport()) as MapNode
}

const boundVolume =
  (options: Form): Form =>
  (node, path, report) => {
    const driverOptions = child(node, 'driver_opts')
    if (node.kind !== 'map' || driverOptions === undefined || textOf(child(node, 'driver')) !== 'local') return node
    return withEntry(node, 'driver_opts', options(driverOptions, [...path, 'driver_opts'], report))
  }
