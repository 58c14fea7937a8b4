import { readFile } from 'node:fs/promises'
import { type Diagnostic, errorCode, problem, type SourceLocation } from '@lares/core'
import { type VariableUses, variableUses } from '../variables/uses.ts'
import { type Parsed, parseYaml } from '../yaml/parse.ts'

/** Reads a file as text; rejects with Node's `code` when it can't. */
export type ReadFile = (path: string, signal?: AbortSignal) => Promise<string>

export const readFromDisk: ReadFile = (path, signal) => readFile(path, { encoding: 'utf8', ...(signal && { signal }) })

/** A compose file: its path, or its content with the name that diagnostics call it. */
export type ComposeFile = string | { name: string; content: string }

/** So many files may be read for one project, and so many included, whatever includes and extends what. */
const MOST_FILES = 500

/** The files of one load: each is read once, remembered, and what is wrong is collected. */
export type Reading = {
  readonly files: readonly string[]
  readonly diagnostics: Diagnostic[]
  readonly home: string
  readonly uses: VariableUses
  /** The text of a file, or undefined when it can't be read; that is a problem unless the file is optional and absent. */
  text: (path: string, from?: { at?: SourceLocation; optional?: boolean }) => Promise<string | undefined>
  /** The documents of a compose file; undefined when it can't be read or parsed. */
  documents: (file: ComposeFile, at?: SourceLocation) => Promise<Parsed['documents'] | undefined>
  /** Counts what is included; false, and a problem, when it is too much: files may include each other in ever more ways. */
  mayInclude: (at: SourceLocation) => boolean
}

export function createReading(readFile: ReadFile, home: string, signal: AbortSignal | undefined): Reading {
  const texts = new Map<string, Promise<string | { code: string; message: string }>>()
  const parsed = new Map<ComposeFile, Promise<Parsed>>()
  let included = 0
  const files: string[] = []
  const diagnostics: Diagnostic[] = []

  const load = async (path: string) => {
    signal?.throwIfAborted()
    if (texts.size > MOST_FILES)
      return { code: 'EMFILE', message: `More than ${MOST_FILES} files belong to the project` }
    try {
      const text = await readFile(path, signal)
      files.push(path)
      return text
    } catch (error) {
      signal?.throwIfAborted()
      const code = errorCode(error)
      if (code === undefined) throw error
      return { code, message: (error as Error).message }
    }
  }

  /** Node writes `EACCES: permission denied, open '/path'`. */
  const reasonOf = ({ message }: { message: string }) => /^[A-Z]+: ([^,]*),/.exec(message)?.[1] ?? message

  const text: Reading['text'] = async (path, { at, optional = false } = {}) => {
    if (!texts.has(path)) texts.set(path, load(path))
    const found = await texts.get(path)!
    if (typeof found === 'string') return found
    if (optional && (found.code === 'ENOENT' || found.code === 'EISDIR' || found.code === 'ENOTDIR')) return undefined
    const isAbsent = found.code === 'ENOENT'
    const summary = isAbsent ? `There is no file ${path}` : `The file ${path} cannot be read: ${reasonOf(found)}`
    diagnostics.push(problem({ code: 'file_unreadable', summary, source: at ?? { file: path } }))
    return undefined
  }

  const documents: Reading['documents'] = async (file, at) => {
    const name = typeof file === 'string' ? file : file.name
    const content = typeof file === 'string' ? await text(file, at === undefined ? {} : { at }) : file.content
    if (content === undefined) return undefined
    const first = !parsed.has(file)
    if (first) parsed.set(file, parseYaml(content, name))
    const result = await parsed.get(file)!
    if (first) diagnostics.push(...result.diagnostics)
    return result.diagnostics.length > 0 ? undefined : result.documents
  }

  const mayInclude: Reading['mayInclude'] = (at) => {
    included += 1
    if (included === MOST_FILES + 1) {
      const summary = `More than ${MOST_FILES} files are included`
      diagnostics.push(problem({ code: 'include_too_many', summary, source: at }))
    }
    return included <= MOST_FILES
  }

  return { files, diagnostics, home, uses: variableUses(), text, documents, mayInclude }
}
