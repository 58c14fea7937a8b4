import { Readable } from 'node:stream'
import type { StartedExec } from './dockerode.ts'
import { type CallOptions, call, type EngineAccess } from './engine-access.ts'
import { DockerError } from './error.ts'
import { defined } from './options/defined.ts'
import { type OutputChunk, outputChunks } from './streams.ts'

export type ExecOptions = CallOptions & {
  /** Sent to the command's standard input, which is then closed. */
  input?: string | Uint8Array | AsyncIterable<Uint8Array> | undefined
  env?: Record<string, string> | undefined
  user?: string | undefined
  workingDir?: string | undefined
  privileged?: boolean | undefined
  /** Bytes of each output that are kept at most; 16 MiB when absent. */
  maxOutput?: number | undefined
  /** Takes the output as it comes, and then none is kept. */
  onOutput?: ((chunk: OutputChunk) => void) | undefined
}

export type ExecResult = { exitCode: number; stdout: string; stderr: string }

/**
 * Runs a command in a running container; a failing command is no error.
 * @throws DockerError `not_found`, `conflict` when the container is not running, `timeout` (the command may go on), `invalid` when it says too much
 */
export type Exec = (name: string, command: readonly [string, ...string[]], options?: ExecOptions) => Promise<ExecResult>

const MAX_OUTPUT = 16 * 1024 ** 2

export function execIn(access: EngineAccess): Exec {
  const { docker, streaming } = access
  return (
    name,
    command,
    { input, env, user, workingDir, privileged, maxOutput = MAX_OUTPUT, onOutput, ...options } = {},
  ) => {
    const request = `run ${command[0]} in container ${name}`
    const body = {
      AttachStdin: input !== undefined,
      AttachStdout: true,
      AttachStderr: true,
      Cmd: [...command],
      ...defined({
        Env: env && Object.entries(env).map(([key, value]) => `${key}=${value}`),
        User: user,
        WorkingDir: workingDir,
        Privileged: privileged,
      }),
    }
    return call<ExecResult>(access, { request, options }, async (abortSignal) => {
      const { id } = await docker.getContainer(name).exec({ ...body, abortSignal })
      const stream = await start(streaming.getExec(id), input, abortSignal)
      try {
        const output = await collect(request, stream, maxOutput, onOutput)
        const { ExitCode } = await docker.getExec(id).inspect({ abortSignal })
        return { exitCode: ExitCode ?? -1, ...output }
      } finally {
        stream.destroy()
      }
    })
  }
}

/** Only a hijacked connection has a way in; it does not know the signal that it was opened with. */
async function start(exec: StartedExec, input: ExecOptions['input'], signal: AbortSignal): Promise<Readable> {
  if (input === undefined) return exec.start({ Detach: false, Tty: false, abortSignal: signal })
  const stream = await exec.start({ hijack: true, stdin: true, abortSignal: signal })
  const abort = () => stream.destroy(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  stream.once('close', () => signal.removeEventListener('abort', abort))
  if (typeof input === 'string' || input instanceof Uint8Array) return stream.end(input)
  // A command may end without reading all of its input: that is its own affair, its exit code tells.
  const source = Readable.from(input)
  source.on('error', (error) => stream.destroy(error)).pipe(stream)
  for (const event of ['end', 'close']) stream.once(event, () => source.destroy())
  // Who reads the output hears of an error before the end; after it nobody listens, and nothing can be lost.
  stream.on('error', () => {})
  return stream
}

async function collect(
  request: string,
  stream: Readable,
  maxOutput: number,
  onOutput: ExecOptions['onOutput'],
): Promise<{ stdout: string; stderr: string }> {
  const kept: Record<'stdout' | 'stderr', Buffer[]> = { stdout: [], stderr: [] }
  const size = { stdout: 0, stderr: 0 }
  for await (const chunk of outputChunks(stream, false)) {
    if (onOutput) {
      onOutput(chunk)
      continue
    }
    const { source, data } = chunk
    size[source] += data.length
    if (size[source] > maxOutput)
      throw new DockerError('invalid', `${request}: more than ${maxOutput} bytes of ${source}`)
    kept[source].push(data)
  }
  return { stdout: Buffer.concat(kept.stdout).toString(), stderr: Buffer.concat(kept.stderr).toString() }
}
