import type { Path } from '@lares/core'
import { type PortBinding, parsePort } from '../../../client/notation/port.ts'
import { child, list, map, type Node, scalar, textOf, withEntry } from '../yaml/tree.ts'
import type { Form } from './form.ts'
import { parsed, type Report } from './report.ts'

/** Every port with its parts; a range is one port each. */
export const ports: Form = (node, path, report) => {
  if (node.kind !== 'list') return node
  return { ...node, items: node.items.flatMap((item, index) => port(item, [...path, index], report)) }
}

function port(node: Node, path: Path, report: Report): Node[] {
  if (node.kind === 'map') return [longPort(node, path, report)]
  const text = textOf(node) ?? ''
  const bindings = parsed(node, path, report, () => parsePort(text)) ?? []
  return bindings.map((binding) => fromBinding(node, binding))
}

function fromBinding({ at }: Node, { hostIp, published, target, protocol }: PortBinding): Node {
  return map(at, [
    ['mode', scalar(at, 'ingress')],
    ...(hostIp === undefined ? [] : [['host_ip', scalar(at, hostIp)] as const]),
    ['target', scalar(at, target)],
    ...(published === undefined ? [] : [['published', scalar(at, published)] as const]),
    ['protocol', scalar(at, protocol)],
  ])
}

function longPort(node: Node & { kind: 'map' }, path: Path, report: Report): Node {
  const target = Number(textOf(child(node, 'target')) ?? Number.NaN)
  if (!Number.isInteger(target)) report.problem(node, path, 'A port needs a target, the port inside the container')
  const published = child(node, 'published')
  let port = withEntry(node, 'target', scalar(child(node, 'target')?.at ?? node.at, target))
  if (published !== undefined) port = withEntry(port, 'published', scalar(published.at, textOf(published) ?? ''))
  for (const [key, value] of [
    ['mode', 'ingress'],
    ['protocol', 'tcp'],
  ] as const) {
    if (child(port, key) === undefined) port = withEntry(port, key, scalar(node.at, value))
  }
  return port
}

/** Ports that are only documented, as text. */
export const exposed: Form = (node) =>
  node.kind === 'list'
    ? list(
        node.at,
        node.items.map((item) => scalar(item.at, textOf(item) ?? '')),
      )
    : node
