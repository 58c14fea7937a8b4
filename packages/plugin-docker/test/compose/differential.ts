import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { hasErrors } from '@lares/core'
import { execa } from 'execa'
import { composeCommand } from '../../../../e2e/rig/compose.ts'
import { type Loaded, loadProject } from '../../src/compose/load/load-project.ts'
import { asCompose, fromCompose } from './as-compose.ts'
import type { Case } from './cases/case.ts'

export type Comparison = {
  /** What Compose made of it, or why it refused. */
  theirs: { json?: unknown; refusal?: string }
  ours: { json?: unknown; loaded: Loaded }
}

/** Reads a case with Docker Compose and with Lares, in a directory of its own. */
export async function compare(test: Case, signal: AbortSignal): Promise<Comparison> {
  const directory = await mkdtemp(join(tmpdir(), 'lares-compose-'))
  try {
    const project = join(directory, 'project')
    for (const [name, text] of Object.entries(test.files)) {
      await mkdir(dirname(join(project, name)), { recursive: true })
      await writeFile(join(project, name), text)
    }
    const files = Object.keys(test.files).filter((name) => /^(?:compose|override.*)\.yaml$/.test(name))
    const environment = { HOME: '/home/me', ...test.environment }
    const args = [
      ...files.flatMap((file) => ['-f', file]),
      ...(test.projectName === undefined ? [] : ['-p', test.projectName]),
      ...(test.profiles ?? []).flatMap((profile) => ['--profile', profile]),
    ]
    const result = await execa(composeCommand, [...args, 'config', '--format', 'json'], {
      cwd: project,
      env: environment,
      extendEnv: false,
      reject: false,
      timeout: 60_000,
      cancelSignal: signal,
    })
    const loaded = await loadProject({
      files: files.map((file) => join(project, file)),
      environment,
      home: environment.HOME,
      signal,
      ...(test.projectName !== undefined && { name: test.projectName }),
      ...(test.profiles && { profiles: test.profiles }),
    })
    return {
      theirs: result.exitCode === 0 ? { json: fromCompose(result.stdout) } : { refusal: result.stderr },
      ours: { loaded, ...(loaded.project && !hasErrors(loaded.diagnostics) && { json: asCompose(loaded.project) }) },
    }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
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
