import { hasErrors } from '@lares/core'
import { type Loaded, loadProject } from '../../src/compose/load/load-project.ts'
import { asCompose, fromCompose } from './as-compose.ts'
import type { Case } from './cases/case.ts'
import { compose, withProject } from './project-files.ts'

export type Comparison = {
  /** What Compose made of it, or why it refused. */
  theirs: { json?: unknown; refusal?: string }
  ours: { json?: unknown; loaded: Loaded }
}

/** Reads a case with Docker Compose and with Lares, in a directory of its own. */
export async function compare(test: Case, signal: AbortSignal): Promise<Comparison> {
  return withProject(test, async (project) => {
    const result = await compose(project, ['config', '--format', 'json'], signal)
    const loaded = await loadProject({ ...project.load, signal })
    return {
      theirs: result.exitCode === 0 ? { json: fromCompose(result.stdout) } : { refusal: result.stderr },
      ours: { loaded, ...(loaded.project && !hasErrors(loaded.diagnostics) && { json: asCompose(loaded.project) }) },
    }
  })
}

/** The data without what stands at some paths (`services.web.ports.0`), where the two are meant to differ. */
export function without(data: unknown, paths: readonly string[]): unknown {
  const copy = structuredClone(data)
  for (const path of paths) {
    const steps = path.split('.')
    const last = steps.pop()!
    let node = copy as Record<string, unknown> | undefined
    for (const step of steps) node = node?.[step] as Record<string, unknown> | undefined
    if (node !== undefined) delete node[last]
  }
  return copy
}
