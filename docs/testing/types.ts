import { execFile } from 'node:child_process'
import { join } from 'node:path'

const tsc = join(import.meta.dirname, '../../node_modules/typescript/bin/tsc')

/** What the type checker says about the files below `directory`. Errors in the repository's own sources are not theirs. */
export function typeErrors(directory: string, project = 'tsconfig.json'): Promise<string[]> {
  return new Promise((resolve) => {
    const args = [tsc, '--pretty', 'false', '-p', join(directory, project)]
    execFile(process.execPath, args, { cwd: directory, timeout: 300_000 }, (error, stdout, stderr) => {
      const lines = stdout.split('\n').filter((line) => line !== '' && !/^(\.\.|\s)/.test(line))
      // An end by a signal, or of the checker itself, is no verdict.
      if (error && typeof error.code !== 'number') lines.push(`tsc did not finish: ${error.message}`)
      resolve(stderr === '' ? lines : [...lines, stderr])
    })
  })
}
