import { readFileSync } from 'node:fs'
import { relative } from 'node:path'
import type { Diagnostic, SourceLocation } from '@lares/core'
import type { Style } from '../style.ts'

const startedIn = process.cwd()

export type ReadLine = (file: string, line: number) => string | undefined

/** Errors first, each with where it is, the line itself, what the tool said and what to do. */
export function renderDiagnostics(
  diagnostics: readonly Diagnostic[],
  style: Style,
  options: { cwd?: string; readLine?: ReadLine } = {},
): string {
  const readLine = options.readLine ?? lineReader()
  const cwd = options.cwd ?? startedIn
  const told = unique(diagnostics)
  const errors = told.filter(({ severity }) => severity === 'error')
  const warnings = told.filter(({ severity }) => severity === 'warning')
  const blocks = [...errors, ...warnings].map((diagnostic) => block(diagnostic, style, cwd, readLine))
  if (errors.length > 1) blocks.push(`${errors.length} problems.\n`)
  return blocks.join('\n')
}

function unique(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const seen = new Map(diagnostics.map((diagnostic) => [JSON.stringify(diagnostic), diagnostic]))
  return [...seen.values()]
}

function block(diagnostic: Diagnostic, style: Style, cwd: string, readLine: ReadLine): string {
  const { severity, code, summary, address, path, detail, advice, source } = diagnostic
  const label = severity === 'error' ? style.error('Error:') : style.warning('Warning:')
  const where = [address, path].filter((part) => part !== undefined && part !== '').join(' › ')
  const lines = [`${label} ${style.strong(summary)} ${style.faint(`[${code}]`)}`]
  const place = source && placeOf(source, cwd)
  if (place || where) lines.push(style.faint(`  at ${[place, where].filter(Boolean).join(' · ')}`))
  if (source) lines.push(...excerpt(source, style, readLine))
  if (detail !== undefined) lines.push(...indented(detail.trimEnd(), '  '))
  if (advice !== undefined)
    lines.push(...indented(advice, '    ').map((line, i) => (i === 0 ? `  → ${line.trim()}` : line)))
  return `${lines.join('\n')}\n`
}

const indented = (text: string, indent: string): string[] => text.split('\n').map((line) => `${indent}${line}`)

function placeOf({ file, line, column }: SourceLocation, cwd: string): string {
  const near = relative(cwd, file)
  const name = near === '' || near.startsWith('../../..') ? file : near
  return [name, line, line === undefined ? undefined : column].filter((part) => part !== undefined).join(':')
}

function excerpt({ file, line, column, confidential }: SourceLocation, style: Style, readLine: ReadLine): string[] {
  const text = line === undefined || confidential ? undefined : readLine(file, line)
  if (text === undefined || text.trim() === '' || text.length > 400) return []
  const gutter = `  ${line} | `
  const shown = [style.faint(gutter) + text]
  // Tabs are kept, so that the caret stands under its column whatever their width is.
  const before = text.slice(0, (column ?? 1) - 1).replace(/[^\t]/g, ' ')
  if (column !== undefined)
    shown.push(`${style.faint(`${' '.repeat(gutter.length - 2)}| `)}${before}${style.error('^')}`)
  return shown
}

/** Reads lines of files, each file once; a file that is gone or no text has none. */
function lineReader(): ReadLine {
  const files = new Map<string, string[]>()
  return (file, line) => {
    if (!files.has(file)) {
      let text = ''
      try {
        text = readFileSync(file, 'utf8')
      } catch {}
      files.set(file, text.split(/\r?\n/))
    }
    return files.get(file)![line - 1]
  }
}
