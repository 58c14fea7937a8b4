import { parseSize, SIZE_PATTERN } from '@lares/core'
import { elementsOf, parseXml, textOf, type Xml } from '../../client/index.ts'

/** What tells elements of one name from each other, beside their `type`. */
const keys: readonly string[] = ['name', 'dev', 'address', 'index', 'id', 'dir', 'bus', 'policy', 'order']

/** True when everything that a fragment says is in a document: its elements, attributes and texts. */
export function covers(document: Xml, fragment: Xml): boolean {
  if (document.name !== fragment.name) return false
  if (fragment.attributes.unit !== undefined && amountOf(fragment) !== undefined)
    return amountOf(document) === amountOf(fragment)
  if (
    Object.entries(fragment.attributes).some(([key, value]) => !isNamespace(key) && document.attributes[key] !== value)
  )
    return false
  const children = elementsOf(fragment)
  if (children.length === 0) {
    const text = textOf(fragment)
    return !text || textOf(document) === text
  }
  const free = elementsOf(document)
  return children.every((child) => {
    const index = free.findIndex((candidate) => covers(candidate, child))
    if (index >= 0) free.splice(index, 1)
    return index >= 0
  })
}

/** Bytes of an element with a unit, which libvirt writes in one of its own. */
function amountOf(xml: Xml): number | undefined {
  const unit = xml.attributes.unit ?? 'KiB'
  const bytes = SIZE_PATTERN.test(`1${unit}`) ? parseSize(`1${unit}`) : undefined
  const amount = Number(textOf(xml) || Number.NaN)
  return bytes === undefined || Number.isNaN(amount) ? undefined : amount * bytes
}

/** Brings what a fragment says into a document, in place. What it says nothing about stays. */
export function merge(document: Xml, fragment: Xml): void {
  Object.assign(document.attributes, fragment.attributes)
  const children = elementsOf(fragment)
  const text = textOf(fragment)
  if (children.length === 0 && text) document.children = [text]
  const free = elementsOf(document)
  for (const child of children) {
    const index = Math.max(
      free.findIndex((candidate) => covers(candidate, child)),
      free.findIndex((candidate) => isSame(candidate, child, fragment)),
    )
    const [found] = index < 0 ? [] : free.splice(index, 1)
    if (found) merge(found, child)
    else document.children.push(structuredClone(child))
  }
}

/** Lists are told apart by keys; what stands alone in its parent is the same by its name. */
function isSame(candidate: Xml, child: Xml, parent: Xml): boolean {
  if (candidate.name !== child.name) return false
  const { type, model, ...rest } = child.attributes
  const said = keys.filter((key) => rest[key] !== undefined)
  const inner = elementsOf(child).find(({ name }) => name === 'target' || name === 'mac')
  if (said.length > 0) return said.every((key) => candidate.attributes[key] === rest[key])
  if (inner) return elementsOf(candidate).some((each) => covers(each, inner))
  if (parent.name === 'devices' || parent.name.includes(':'))
    return singular.has(child.name) && (type === undefined || model !== undefined || candidate.attributes.type === type)
  return elementsOf(parent, child.name).length === 1
}

/** Devices of which a guest has one. */
const singular: ReadonlySet<string> = new Set(['memballoon', 'vsock', 'emulator', 'tpm', 'iommu', 'video'])

const isNamespace = (attribute: string) => attribute === 'xmlns' || attribute.startsWith('xmlns:')

/** The user's fragment. Throws an Error that says what is wrong with it. */
export function parseFragment(text: string): Xml {
  const fragment = parseXml(text)
  if (fragment.name !== 'domain') throw new Error(`expected a <domain>, found <${fragment.name}>`)
  return fragment
}
