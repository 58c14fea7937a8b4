import { parse } from 'yaml'
import { linesOf, textOf } from '../marked-block.ts'
import type { Orchestrator } from './job-files.ts'

/** What go.d.conf and python.d.conf say of a module: `stock` is what the package brought. */
export interface SwitchFiles {
  readonly user: string | undefined
  readonly stock: string | undefined
}

const MARK = '# lares'

/**
 * Whether a module runs. python.d reads both files, the user's later; go.d reads the user's in place of the other.
 * `isOff`: it is off unless a file names it.
 */
export function isSwitchedOn(orchestrator: Orchestrator, module: string, files: SwitchFiles, isOff = false): boolean {
  const texts = orchestrator === 'go.d' ? [files.user ?? files.stock] : [files.stock, files.user]
  const said = texts.map(
    (text) =>
      (parse(text ?? '', { version: '1.1', uniqueKeys: false, prettyErrors: false }) ?? {}) as Record<string, unknown>,
  )
  const all: Record<string, unknown> = Object.assign({}, ...said)
  const named = (orchestrator === 'go.d' ? ((all.modules ?? {}) as Record<string, unknown>) : all)[module]
  return typeof named === 'boolean' ? named : !isOff && all.default_run !== false
}

/** The text with the module switched on, by a line of ours; undefined where a line of somebody else says that it is off. */
export function withSwitch(text: string, orchestrator: Orchestrator, module: string): string | undefined {
  const lines = linesOf(text)
  if (lines.some((line) => lineOf(line, orchestrator, module) && !line.endsWith(MARK))) return undefined
  if (orchestrator === 'python.d') return textOf([...lines, `${module}: yes ${MARK}`])
  let at = lines.findIndex((line) => /^modules:\s*(#.*)?$/.test(line))
  if (at < 0) at = lines.push(`modules: ${MARK}`) - 1
  return textOf(lines.toSpliced(at + 1, 0, `  ${module}: yes ${MARK}`))
}

export function withoutSwitch(text: string, orchestrator: Orchestrator, module: string): string {
  const lines = linesOf(text)
  const left = lines.filter((line) => !(lineOf(line, orchestrator, module) && line.endsWith(MARK)))
  if (left.length === lines.length) return text
  const at = left.indexOf(`modules: ${MARK}`)
  return textOf(at >= 0 && !/^\s+[^\s#]/.test(left[at + 1] ?? '') ? left.toSpliced(at, 1) : left)
}

const lineOf = (line: string, orchestrator: Orchestrator, module: string): boolean =>
  line.startsWith(`${orchestrator === 'go.d' ? '  ' : ''}${module}:`)
