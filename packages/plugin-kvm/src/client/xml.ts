import { DOMParser, type Element, type Node } from '@xmldom/xmldom'

/**
 * An element of a libvirt document as plain data: what is not understood stays, in its order. Names are as they are
 * written, prefix included; white space between elements is dropped.
 */
export interface Xml {
  name: string
  attributes: Record<string, string>
  children: (Xml | string)[]
}

type Scalar = string | number | boolean | undefined

/** An element; attributes and children that are undefined are left out. `true` is written as `yes`, `false` as `no`. */
export const element = (
  name: string,
  attributes: Readonly<Record<string, Scalar>> = {},
  ...children: readonly (Xml | string | number | undefined)[]
): Xml => ({
  name,
  attributes: Object.fromEntries(
    Object.entries(attributes).flatMap(([key, value]) => (value === undefined ? [] : [[key, written(value)]])),
  ),
  children: children.flatMap((each) => (each === undefined ? [] : [typeof each === 'number' ? String(each) : each])),
})

/** The document's root. Throws an Error that says where the text is no XML. */
export function parseXml(text: string): Xml {
  const document = new DOMParser({
    onError(level, message) {
      if (level !== 'warning') throw new Error(`not well-formed XML: ${message}`)
    },
  }).parseFromString(text, 'text/xml')
  if (!document.documentElement) throw new Error('not well-formed XML: no element')
  return convert(document.documentElement)
}

function convert(node: Element): Xml {
  const children: (Xml | string)[] = []
  for (let child: Node | null = node.firstChild; child; child = child.nextSibling) {
    if (child.nodeType === child.ELEMENT_NODE) children.push(convert(child as Element))
    else if (child.nodeType === child.TEXT_NODE || child.nodeType === child.CDATA_SECTION_NODE)
      children.push(child.nodeValue ?? '')
  }
  const elements = children.some((child) => typeof child !== 'string')
  return {
    name: node.nodeName,
    attributes: Object.fromEntries(Array.from(node.attributes, ({ name, value }) => [name, value])),
    children: elements ? children.filter((child) => typeof child !== 'string' || child.trim() !== '') : children,
  }
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' }
const escaped = (text: string) => text.replace(/[&<>"']/g, (character) => entities[character]!)

export function formatXml({ name, attributes, children }: Xml, indent = ''): string {
  const said = Object.entries(attributes).map(([key, value]) => ` ${key}="${escaped(value)}"`)
  const start = `${indent}<${name}${said.join('')}`
  if (children.length === 0) return `${start}/>\n`
  if (children.every((child) => typeof child === 'string')) return `${start}>${escaped(children.join(''))}</${name}>\n`
  const inner = children.map((child) =>
    typeof child === 'string' ? `${indent}  ${escaped(child.trim())}\n` : formatXml(child, `${indent}  `),
  )
  return `${start}>\n${inner.join('')}${indent}</${name}>\n`
}

/** The children that are elements, of one name when it is given. */
export const elementsOf = (xml: Xml | undefined, name?: string): Xml[] =>
  (xml?.children ?? []).filter(
    (child): child is Xml => typeof child !== 'string' && (name === undefined || child.name === name),
  )

/** Every element at a path of names: `all(domain, 'devices/disk')`. */
export const all = (xml: Xml | undefined, path: string): Xml[] =>
  path.split('/').reduce<Xml[]>((found, name) => found.flatMap((each) => elementsOf(each, name)), xml ? [xml] : [])

/** The first element at a path of names. */
export const at = (xml: Xml | undefined, path: string): Xml | undefined => all(xml, path)[0]

export const textOf = (xml: Xml | undefined): string | undefined =>
  xml?.children
    .filter((child) => typeof child === 'string')
    .join('')
    .trim()

/** What stands at a path: the text of `os/type`, or the attribute of `os/type@arch`. Undefined when there is none. */
export function get(xml: Xml | undefined, path: string): string | undefined {
  const [names = '', attribute] = path.split('@')
  const found = names === '' ? xml : at(xml, names)
  return attribute === undefined ? textOf(found) : found?.attributes[attribute]
}

/** The element at a path, made where it is missing. */
export const made = (xml: Xml, path: string): Xml =>
  path.split('/').reduce((parent, name) => {
    const found = elementsOf(parent, name)[0]
    if (found) return found
    const child = element(name)
    parent.children.push(child)
    return child
  }, xml)

/** Sets what `get` reads, in place; undefined takes the attribute, or the element, away. */
export function put(xml: Xml, path: string, value: Scalar): void {
  const [names = '', attribute] = path.split('@')
  if (value === undefined) {
    if (attribute === undefined) remove(xml, names)
    else delete (names === '' ? xml : at(xml, names))?.attributes[attribute]
    return
  }
  const target = names === '' ? xml : made(xml, names)
  if (attribute === undefined) target.children = [written(value)]
  else target.attributes[attribute] = written(value)
}

/** Takes away every element at a path, in place. */
export function remove(xml: Xml, path: string): void {
  const names = path.split('/')
  const last = names.pop()
  for (const parent of names.length > 0 ? all(xml, names.join('/')) : [xml])
    parent.children = parent.children.filter((child) => typeof child === 'string' || child.name !== last)
}

const written = (value: Exclude<Scalar, undefined>): string =>
  value === true ? 'yes' : value === false ? 'no' : String(value)
