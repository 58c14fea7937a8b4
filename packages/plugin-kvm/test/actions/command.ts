import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'

const repository = join(import.meta.dirname, '../../../..')
const main = join(repository, 'apps/cli/src/main.ts')

export interface Ran {
  exitCode: number
  stdout: string
  stderr: string
}

/** The real command in a directory of its own, with a lab in YAML. */
export interface Commanded {
  lares(args: readonly string[], input?: string): Promise<Ran>
  write(lab: object): Promise<void>
  remove(): Promise<void>
}

export async function commandIn(lab: object): Promise<Commanded> {
  const directory = await mkdtemp(join(tmpdir(), 'lares-kvm-'))
  await mkdir(join(directory, 'node_modules'))
  await symlink(join(repository, 'node_modules/@lares'), join(directory, 'node_modules/@lares'))
  // JSON is YAML, too.
  const write = (content: object) => writeFile(join(directory, 'lares.yaml'), JSON.stringify(content))
  await write(lab)
  return {
    write,
    async lares(args, input = '') {
      const options = { cwd: directory, input, reject: false, timeout: 600_000, env: { NO_COLOR: '1' } } as const
      const ran = await execa(process.execPath, ['--conditions=lares-source', main, ...args], options)
      return { exitCode: ran.exitCode ?? -1, stdout: ran.stdout, stderr: ran.stderr }
    },
    remove: () => rm(directory, { recursive: true, force: true }),
  }
}
