import { type Diagnostic, formatPath, type Path, problem, warning } from '@lares/core'
import type { Node } from '../yaml/tree.ts'

/** Collects what is wrong with values, each where it stands. */
export type Report = {
  readonly diagnostics: Diagnostic[]
  problem: (node: Node, path: Path, summary: string, advice?: string) => void
  warning: (node: Node, path: Path, code: string, summary: string, advice?: string) => void
}

export function createReport(): Report {
  const diagnostics: Diagnostic[] = []
  const about = (node: Node, path: Path, summary: string, advice?: string) => ({
    summary: `${formatPath(path)}: ${summary}`,
    path: formatPath(path),
    source: node.at,
    ...(advice !== undefined && { advice }),
  })
  return {
    diagnostics,
    problem: (node, path, summary, advice) =>
      diagnostics.push(problem({ code: 'invalid_attribute', ...about(node, path, summary, advice) })),
    warning: (node, path, code, summary, advice) =>
      diagnostics.push(warning({ code, ...about(node, path, summary, advice) })),
  }
}

/** The value that `parse` makes of a text, or the node as it is when that is reported as none. */
export function parsed<Value>(node: Node, path: Path, report: Report, parse: () => Value): Value | undefined {
  try {
    return parse()
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    report.problem(node, path, error.message)
    return undefined
  }
}
