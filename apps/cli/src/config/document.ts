import { readFile } from 'node:fs/promises'
import type { Path, SourceLocation } from '@lares/core'
import { type Diagnostic, fail, isLaresError, type Lab, LaresError, labFromDocument, problem } from '@lares/core'
import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument } from 'yaml'
import type { PluginFinder } from './plugins.ts'

/** The lab of a YAML or JSON config, with everything that is wrong with its form in its diagnostics. */
export async function loadDocument(file: string, findPlugin: PluginFinder): Promise<Lab> {
  const text = await readFile(file, 'utf8')
  const lines = new LineCounter()
  const document = parseDocument(text, { merge: true, prettyErrors: false, lineCounter: lines })
  const locate = (offset: number): SourceLocation => {
    const { line, col } = lines.linePos(offset)
    return { file, line, column: col }
  }
  if (document.errors.length > 0) {
    throw new LaresError(document.errors.map(({ code, message, pos }) => syntaxProblem(code, message, locate(pos[0]))))
  }
  const at = (path: Path): SourceLocation | undefined => {
    const offset = offsetOf(document, path)
    return offset === undefined ? { file } : locate(offset)
  }
  const data = plainData(document, file)
  const problems: Diagnostic[] = []
  const plugins = []
  for (const [i, name] of pluginNames(data).entries()) {
    const found = await findPlugin(name)
    if ('plugin' in found) plugins.push(found.plugin)
    else problems.push(problem({ ...found.problem, source: found.problem.source ?? at(['plugins', i]) ?? { file } }))
  }
  const lab = labFromDocument(data, plugins, { locate: at })
  // With a plugin missing, that its types are unknown is no second problem.
  const rest =
    problems.length === 0 ? lab.diagnostics : lab.diagnostics.filter((d) => d.code !== 'unknown_resource_type')
  return { ...lab, diagnostics: [...problems, ...rest] }
}

function syntaxProblem(code: string, message: string, source: SourceLocation): Diagnostic {
  if (code === 'DUPLICATE_KEY') {
    return problem({
      code: 'duplicate_name',
      summary: 'The same name stands twice in one mapping',
      source,
      advice: 'Rename one of the two, or remove it.',
    })
  }
  return problem({ code: 'config_syntax', summary: `The config cannot be read: ${message}`, source })
}

function plainData(document: Document, file: string): unknown {
  try {
    return document.toJS()
  } catch (error) {
    if (isLaresError(error)) throw error
    const { message } = error as Error
    return fail({ code: 'config_syntax', summary: `The config cannot be read: ${message}`, source: { file } }, error)
  }
}

function pluginNames(data: unknown): string[] {
  const names = typeof data === 'object' && data !== null ? (data as { plugins?: unknown }).plugins : undefined
  return Array.isArray(names) ? names.filter((name) => typeof name === 'string') : []
}

/** Where the value at `path` stands, or the nearest thing around it: the key in a mapping, the item in a list. */
function offsetOf(document: Document, path: Path): number | undefined {
  let node = document.contents as Node | null
  let offset = node?.range?.[0]
  for (const step of path) {
    if (isAlias(node)) node = node.resolve(document) ?? null
    if (isSeq(node)) {
      node = (node.items[Number(step)] as Node | undefined) ?? null
      offset = node?.range?.[0] ?? offset
    } else {
      const pair = isMap(node) ? pairOf(node.items as Pair<Node, Node | null>[], step, document) : undefined
      if (!pair) return offset
      offset = pair.key.range?.[0] ?? offset
      node = pair.value
    }
  }
  return offset
}

function pairOf(
  pairs: Pair<Node, Node | null>[],
  key: string | number,
  document: Document,
): Pair<Node, Node | null> | undefined {
  const named = (name: string) =>
    pairs.find((pair) => isScalar(pair.key) && (pair.key.source ?? String(pair.key.value)) === name)
  const own = named(String(key))
  if (own) return own
  const merged = named('<<')?.value
  for (const source of isSeq(merged) ? (merged.items as Node[]) : [merged]) {
    const map = isAlias(source) ? source.resolve(document) : source
    const found = isMap(map) ? pairOf(map.items as Pair<Node, Node | null>[], key, document) : undefined
    if (found) return found
  }
  return undefined
}
