import { posix } from 'node:path'
import type { Path } from '@lares/core'
import { map, type Node, scalar, textOf } from '../yaml/tree.ts'
import type { Form } from './form.ts'
import { parsed } from './report.ts'

const PROPAGATIONS = ['rprivate', 'private', 'rshared', 'shared', 'rslave', 'slave']

/** A mount from its short form: `data:/var/lib/data`, `./conf:/etc/app:ro`, `/cache`. */
export const mount: Form = (node, path, report) => {
  const text = node.kind === 'scalar' ? textOf(node) : undefined
  if (text === undefined) return node
  return parsed(node, path, report, () => shortMount(text, node)) ?? node
}

function shortMount(text: string, { at }: Node): Node {
  const sections = splitSections(text)
  if (sections.some((section) => section === '')) throw new RangeError(`"${text}" has an empty part between colons`)
  if (sections.length > 3) throw new RangeError(`"${text}" has too many colons`)
  const [source, target] = sections.length === 1 ? [undefined, sections[0]!] : [sections[0]!, sections[1]!]
  const said = sections[2]?.split(',') ?? []
  const isBind = source !== undefined && isHostPath(source)
  const selinux = said.findLast((option) => option === 'z' || option === 'Z')
  const propagation = said.findLast((option) => PROPAGATIONS.includes(option))
  const bind: [string, Node][] = [
    ...(selinux === undefined ? [] : [['selinux', scalar(at, selinux)] as [string, Node]]),
    ...(propagation === undefined ? [] : [['propagation', scalar(at, propagation)] as [string, Node]]),
    ...(isBind ? [['create_host_path', scalar(at, true)] as [string, Node]] : []),
  ]
  const volume: [string, Node][] = said.includes('nocopy') ? [['nocopy', scalar(at, true)]] : []
  const readOnly = said.findLast((option) => option === 'ro' || option === 'rw') === 'ro'
  return map(at, [
    ['type', scalar(at, isBind ? 'bind' : 'volume')],
    ...(source === undefined ? [] : [['source', scalar(at, source)] as const]),
    ['target', scalar(at, target)],
    ...(readOnly ? [['read_only', scalar(at, true)] as const] : []),
    ...(bind.length > 0 ? [['bind', map(at, bind)] as const] : []),
    ...(isBind && volume.length === 0 ? [] : [['volume', map(at, volume)] as const]),
  ])
}

/** The parts between colons; one letter before a colon is a drive of Windows. */
function splitSections(text: string): string[] {
  if (text.length <= 2) return [text]
  const sections: string[] = []
  let section = ''
  for (const char of text) {
    if (char === ':' && !/^\p{L}$/u.test(section)) {
      sections.push(section)
      section = ''
    } else section += char
  }
  return [...sections, section]
}

/** A source that is a path, and no volume's name. */
const isHostPath = (source: string): boolean => /^(?:[./~]|\\\\|\p{L}:)/u.test(source)

/** A path in a container without `.`, `..` and a slash at its end, so that the same place is the same path. */
export const containerPath: Form = (node) => {
  const text = textOf(node)
  return text === undefined ? node : scalar(node.at, posix.normalize(text).replace(/(?<=.)\/$/, ''))
}

/** A config or a secret as a service mounts it, from its name alone. */
export const fileMount: Form = (node) => {
  const text = node.kind === 'scalar' ? textOf(node) : undefined
  return text === undefined ? node : map(node.at, [['source', scalar(node.at, text)]])
}

/** A device: `/dev/dri`, `/dev/ttyUSB0:/dev/modem:rw`. */
export const device: Form = (node, path: Path, report) => {
  const text = node.kind === 'scalar' ? textOf(node) : undefined
  if (text === undefined) return node
  const [source = '', target = source, permissions = 'rwm', ...more] = text.split(':')
  if (more.length > 0) report.problem(node, path, `"${text}" has too many colons`)
  const parts = { source, target, permissions }
  return map(
    node.at,
    Object.entries(parts).map(([key, value]) => [key, scalar(node.at, value)]),
  )
}
