import { type Diagnostic, formatPath, type Path, problem, warning } from '@lares/core'
import { type Project, placeOf } from '../load/project/project.ts'

/** Collects what cannot be carried out as it was said, each where it was said. */
export type Report = {
  readonly diagnostics: Diagnostic[]
  /** What is left out, and nothing else: the rest works as it was said. */
  unhonoured: (path: Path, why: string, advice?: string) => void
  /** What would work otherwise than it was said if it were left out. */
  unsupported: (path: Path, why: string, advice?: string) => void
  problem: (code: string, path: Path, summary: string, advice?: string) => void
}

export function createReport(project: Pick<Project, 'places'>): Report {
  const diagnostics: Diagnostic[] = []
  const about = (code: string, path: Path, summary: string, advice?: string) => {
    const source = placeOf(project, path)
    const at = formatPath(path)
    return { code, summary: `${at}: ${summary}`, path: at, ...(source && { source }), ...(advice && { advice }) }
  }
  return {
    diagnostics,
    unhonoured: (path, why, advice) => diagnostics.push(warning(about('compose_not_honoured', path, why, advice))),
    unsupported: (path, why, advice) => diagnostics.push(problem(about('compose_unsupported', path, why, advice))),
    problem: (code, path, summary, advice) => diagnostics.push(problem(about(code, path, summary, advice))),
  }
}
