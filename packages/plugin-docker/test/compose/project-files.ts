import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { composeCommand } from '../../../../e2e/rig/compose.ts'
import type { LoadOptions } from '../../src/compose/load/load-project.ts'
import type { Case } from './cases/case.ts'

/** A case as it lies on disk, and how both programs are told of it. */
export type ProjectFiles = {
  directory: string
  args: string[]
  load: Omit<LoadOptions, 'environment'> & { environment: Record<string, string> }
}

/** Writes a case into a directory of its own, which is gone afterwards. */
export async function withProject<Result>(
  test: Case,
  work: (project: ProjectFiles) => Promise<Result>,
): Promise<Result> {
  const parent = await mkdtemp(join(tmpdir(), 'lares-compose-'))
  try {
    const directory = join(parent, 'project')
    for (const [name, text] of Object.entries(test.files)) {
      await mkdir(dirname(join(directory, name)), { recursive: true })
      await writeFile(join(directory, name), text)
    }
    const files = Object.keys(test.files).filter((name) => /^(?:compose|override.*)\.yaml$/.test(name))
    const environment = { HOME: '/home/me', ...test.environment }
    const args = [
      ...files.flatMap((file) => ['-f', file]),
      ...(test.projectName === undefined ? [] : ['-p', test.projectName]),
      ...(test.profiles ?? []).flatMap((profile) => ['--profile', profile]),
    ]
    const load = {
      files: files.map((file) => join(directory, file)),
      environment,
      home: environment.HOME,
      ...(test.projectName !== undefined && { name: test.projectName }),
      ...(test.profiles && { profiles: test.profiles }),
    }
    return await work({ directory, args, load })
  } finally {
    await rm(parent, { recursive: true, force: true })
  }
}

/** Runs Docker Compose with the files of a case. */
export const compose = ({ directory, args, load }: ProjectFiles, command: readonly string[], signal: AbortSignal) =>
  execa(composeCommand, [...args, ...command], {
    cwd: directory,
    env: { ...load.environment, DOCKER_BUILDKIT: '0' },
    extendEnv: false,
    reject: false,
    timeout: 60_000,
    cancelSignal: signal,
  })
