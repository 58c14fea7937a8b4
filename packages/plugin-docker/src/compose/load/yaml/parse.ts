import { type Diagnostic, problem, type SourceLocation } from '@lares/core'
import type * as Yaml from 'yaml'
import { resolvePlain } from './plain-scalar.ts'
import type { Mark, Node } from './tree.ts'

/** A compose file with all its aliases written out may have so many values; a large one has some thousands. */
const MOST_VALUES = 100_000
const DEEPEST = 64
const MOST_CHARACTERS = 4_000_000

export type Parsed = { documents: Node[]; diagnostics: Diagnostic[] }

/** Loads the YAML library, once it is needed. */
const library = (): Promise<typeof Yaml> => import('yaml')

/**
 * The documents of a YAML text, with the place of each value, aliases and merge keys resolved. What is wrong with it is in
 * the diagnostics: syntax, keys that stand twice, keys that are no strings, and aliases that would blow it up.
 */
export async function parseYaml(text: string, file: string): Promise<Parsed> {
  const tooLarge = (detail: string): Parsed => ({
    documents: [],
    diagnostics: [
      problem({ code: 'compose_too_large', summary: 'The Compose file is too large', detail, source: { file } }),
    ],
  })
  if (text.length > MOST_CHARACTERS) return tooLarge(`It has more than ${MOST_CHARACTERS} characters.`)
  const yaml = await library()
  const lines = new yaml.LineCounter()
  try {
    const parsed = yaml.parseAllDocuments(text, {
      schema: 'failsafe',
      lineCounter: lines,
      prettyErrors: false,
      uniqueKeys: true,
      logLevel: 'silent',
    })
    const reader = createReader(yaml, lines, file)
    const documents: Node[] = []
    for (const document of 'empty' in parsed ? [] : parsed) {
      for (const { message, pos } of document.errors) reader.report(pos[0], withoutSource(message))
      if (document.errors.length === 0 && document.contents !== null) {
        documents.push(reader.readDocument(document.contents))
      }
    }
    return { documents, diagnostics: reader.diagnostics }
  } catch (error) {
    if (error instanceof TooLarge) return tooLarge(error.message)
    if (error instanceof RangeError) return tooLarge('It nests too deeply.')
    throw error
  }
}

/** What the library says, without what it could not make anything of. */
const withoutSource = (message: string): string => message.replace(/: ".*$/s, '')

class TooLarge extends Error {}

function createReader(yaml: typeof Yaml, lines: Yaml.LineCounter, file: string) {
  const diagnostics: Diagnostic[] = []
  /** The anchors of a document up to where it is read. The library's own search goes through all of it for each alias. */
  const anchors = new Map<string, unknown>()
  const anchored = new Set<unknown>()
  let values = 0

  const place = (offset: number): SourceLocation => {
    const { line, col } = lines.linePos(offset)
    // Where a line is shown, a secret that stands on it would be.
    return { file, line, column: col, confidential: true }
  }
  const report = (offset: number, summary: string) =>
    diagnostics.push(
      problem({
        code: 'compose_syntax',
        summary: `The Compose file cannot be read: ${summary}`,
        source: place(offset),
      }),
    )

  function read(node: unknown, at: SourceLocation, within: readonly unknown[]): Node {
    values += 1
    if (values > MOST_VALUES) throw new TooLarge(`It has more than ${MOST_VALUES} values, aliases written out.`)
    if (within.length > DEEPEST) throw new TooLarge(`It nests more than ${DEEPEST} levels deep.`)
    if (yaml.isAlias(node)) {
      const target = anchors.get(node.source)
      const offset = node.range?.[0] ?? 0
      if (target === undefined)
        report(offset, 'There is no such anchor before this alias; text that begins with * has to be in quotes')
      else if (within.includes(target)) report(offset, 'The alias stands inside of what it repeats')
      else return read(target, at, [...within, node])
      return { kind: 'scalar', at, value: null }
    }
    if (yaml.isNode(node) && node.anchor !== undefined && !anchored.has(node)) {
      anchors.set(node.anchor, node)
      anchored.add(node)
    }
    const mark = yaml.isNode(node) ? markOf(node.tag) : {}
    const inside = [...within, node]
    if (yaml.isMap(node)) return { kind: 'map', at, entries: readPairs(node, inside), ...mark }
    if (yaml.isSeq(node)) {
      const items = node.items.map((item) => {
        const offset = yaml.isNode(item) ? item.range?.[0] : undefined
        return read(item, offset === undefined ? at : place(offset), inside)
      })
      return { kind: 'list', at, items, ...mark }
    }
    if (!yaml.isScalar(node)) return { kind: 'scalar', at, value: null }
    const text = String(node.value ?? '')
    const isPlain = node.type === 'PLAIN' || node.type === undefined
    const type = node.tag?.startsWith('tag:yaml.org') ? node.tag : undefined
    const isString = type?.endsWith(':str') ?? !isPlain
    return { kind: 'scalar', at, ...(isString ? { value: text } : resolvePlain(text)), ...mark }
  }

  function readPairs(node: Yaml.YAMLMap, within: readonly unknown[]): Map<string, Node> {
    const own = new Map<string, Node>()
    const merged: Node[] = []
    for (const { key, value } of node.items) {
      const offset = (yaml.isNode(key) ? key.range?.[0] : undefined) ?? node.range?.[0] ?? 0
      const at = place(offset)
      const name = yaml.isScalar(key) ? String(key.value ?? '') : ''
      const isName = yaml.isScalar(key) && (key.type !== 'PLAIN' || typeof resolvePlain(name).value === 'string')
      if (!isName) {
        report(offset, name === '' ? 'A key has to be text' : `The key ${name} has to be text: put it in quotes`)
        continue
      }
      if (name === '__proto__') {
        // What validates the file would not see what it holds.
        report(offset, 'Nothing can be called __proto__')
        continue
      }
      if (name === '<<' && key.type === 'PLAIN') merged.push(read(value, at, within))
      else own.set(name, read(value, at, within))
    }
    const inherited = new Map<string, Node>()
    for (const source of merged.flatMap((it) => (it.kind === 'list' ? it.items : [it]))) {
      if (source.kind !== 'map') report(node.range?.[0] ?? 0, 'The merge key "<<" takes a mapping, or a list of them')
      else for (const [name, value] of source.entries) if (!inherited.has(name)) inherited.set(name, value)
    }
    for (const [name, value] of own) inherited.set(name, value)
    return inherited
  }

  const readDocument = (contents: Yaml.Node): Node => {
    anchors.clear()
    return read(contents, place(contents.range?.[0] ?? 0), [])
  }

  return { readDocument, report, diagnostics }
}

function markOf(tag: string | undefined): { mark?: Mark } {
  return tag === '!reset' ? { mark: 'reset' } : tag === '!override' ? { mark: 'override' } : {}
}
