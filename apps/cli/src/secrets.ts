import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { errorCode, fail, type SecretReader } from '@lares/core'

const COMMAND_TIMEOUT = 30_000

const withoutNewline = (text: string): string => text.replace(/\r?\n$/, '')

/** Reads secrets from the environment, from files and from programs. Its errors name the source, never a value. */
export function secretReader(directory: string, env: NodeJS.ProcessEnv): SecretReader {
  return async (source, signal) => {
    if ('env' in source) return fromEnvironment(source.env, env)
    if ('file' in source) return await fromFile(source.file, directory, signal)
    return await fromCommand(source.command, directory, env, signal)
  }
}

function fromEnvironment(name: string, env: NodeJS.ProcessEnv): string {
  const value = env[name]
  if (value !== undefined && value !== '') return value
  return fail({
    code: 'secret_missing',
    summary: `The secret ${name} is not in the environment`,
    advice: `Set it for the command: ${name}=… lares …`,
  })
}

async function fromFile(path: string, directory: string, signal: AbortSignal): Promise<string> {
  const file = path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : resolve(directory, path)
  try {
    return withoutNewline(await readFile(file, { encoding: 'utf8', signal }))
  } catch (error) {
    if (signal.aborted) throw error
    const reason = { ENOENT: 'there is no such file', EACCES: 'it may not be read' }[errorCode(error) ?? '']
    return fail({
      code: 'secret_missing',
      summary: `The secret file ${path} cannot be read: ${reason ?? errorCode(error)}`,
    })
  }
}

function fromCommand(
  [program = '', ...args]: string[],
  directory: string,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<string> {
  return new Promise((done, reject) => {
    const options = { cwd: directory, env, signal, timeout: COMMAND_TIMEOUT, maxBuffer: 1024 * 1024 }
    const child = execFile(program, args, options, (error, stdout, stderr) => {
      if (!error) return done(withoutNewline(stdout))
      if (signal.aborted) return reject(error)
      try {
        const detail = stderr.trim().slice(0, 2000)
        const why =
          error.code === 'ENOENT'
            ? 'there is no such program'
            : error.killed
              ? `it did not end within ${COMMAND_TIMEOUT / 1000} s`
              : `it ended with ${error.signal ?? `exit code ${error.code}`}`
        fail({
          code: 'secret_missing',
          summary: `The secret from the command "${program}" cannot be had: ${why}`,
          ...(detail === '' ? {} : { detail }),
        })
      } catch (problem) {
        reject(problem)
      }
    })
    child.stdin?.end()
  })
}
