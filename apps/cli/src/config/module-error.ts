import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { dirname, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { errorCode, type SourceLocation } from '@lares/core'
import { missingPackage, type Problem } from './plugins.ts'

/** What went wrong while a module was loaded, in terms of the user's own files: no frame of Node or of Lares. */
export async function moduleProblem(error: unknown, file: string): Promise<Problem> {
  const { message = String(error), stack = '', cause } = error as Partial<Error>
  if (errorCode(error) === 'ERR_MODULE_NOT_FOUND') return await importProblem(message, file)
  const [summary, ...more] = message.split('\n')
  const isSyntax = error instanceof SyntaxError
  const source = placeAbove(stack) ??
    placeInStack(stack, file) ??
    (isSyntax ? await syntaxPlace(file) : undefined) ?? { file }
  const detail = [...more, cause instanceof Error ? `Caused by: ${cause.message}` : ''].filter(Boolean).join('\n')
  return {
    code: isSyntax ? 'config_syntax' : 'config_failed',
    summary: isSyntax
      ? `The config cannot be read: ${summary}`
      : `The config failed: ${summary || 'without a message'}`,
    ...(detail === '' ? {} : { detail }),
    source,
    ...(errorCode(error) === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX'
      ? { advice: 'Types are only stripped: use what erasableSyntaxOnly allows, such as a const object for an enum.' }
      : {}),
  }
}

/** Node writes `file:line`, the line and a caret above the stack of a syntax error. */
function placeAbove(stack: string): SourceLocation | undefined {
  const [, url, line, rest = ''] = /^((?:file:\/\/|\/|[A-Za-z]:\\)[^\n]*?):(\d+)\n((?:[^\n]*\n){1,6})/.exec(stack) ?? []
  if (url === undefined) return undefined
  const caret = rest.split('\n').find((text) => /^\s*\^+\s*$/.test(text))
  return {
    file: toFile(url),
    line: Number(line),
    ...(caret === undefined ? {} : { column: caret.indexOf('^') + 1 }),
  }
}

/** The innermost frame that is the user's own code. */
export function placeInStack(stack: string, file: string): SourceLocation | undefined {
  const own = dirname(file) + sep
  for (const [, url, line, column] of stack.matchAll(/\(?((?:file:\/\/|\/|[A-Za-z]:\\)[^\s()]*?):(\d+):(\d+)\)?$/gm)) {
    const at = toFile(url!)
    if (at === file || (at.startsWith(own) && !at.includes(`${sep}node_modules${sep}`))) {
      return { file: at, line: Number(line), column: Number(column) }
    }
  }
  return undefined
}

const toFile = (url: string): string => (url.startsWith('file:') ? fileURLToPath(url.replace(/\?.*$/, '')) : url)

/** Where `node --check` says that the syntax is wrong; the error of an import does not always tell. */
function syntaxPlace(file: string): Promise<SourceLocation | undefined> {
  return new Promise((resolve) => {
    execFile(process.execPath, ['--check', file], { timeout: 5000 }, (_, _stdout, stderr) => {
      const place = placeAbove(stderr)
      resolve(place?.file === file ? place : undefined)
    })
  })
}

async function importProblem(message: string, file: string): Promise<Problem> {
  const [, kind, name = '', importer = file] =
    /Cannot find (package|module) '([^']+)' imported from (.+)$/.exec(message) ?? []
  const from = toFile(importer.trim())
  if (kind === 'package') return { ...missingPackage(name), source: await importPlace(from, name) }
  const path = toFile(name)
  const tail = path.slice(path.lastIndexOf(sep) + 1)
  return {
    code: 'config_import',
    summary: `An import leads nowhere: there is no file ${path}`,
    source: await importPlace(from, tail),
  }
}

async function importPlace(file: string, name: string): Promise<SourceLocation> {
  const lines = (await readFile(file, 'utf8').catch(() => '')).split('\n')
  const index = lines.findIndex((line) => /\b(import|from|require)\b/.test(line) && line.includes(name))
  return index < 0 ? { file } : { file, line: index + 1, column: lines[index]!.indexOf(name) + 1 }
}
