import { StringDecoder } from 'node:string_decoder'
import { codeOf, DockerError, type DockerErrorCode } from './error.ts'

/** One line of what an engine says while it pulls, pushes or builds. */
export type ProgressLine = {
  status?: string
  id?: string
  stream?: string
  progressDetail?: { current?: number; total?: number }
  aux?: { ID?: string; Digest?: string; Tag?: string; Size?: number }
  error?: string
  errorDetail?: { code?: number; message?: string }
}

/** A stream of JSON lines, parsed one by one. */
export async function* jsonLines<T>(stream: AsyncIterable<Buffer | string>): AsyncGenerator<T> {
  const decoder = new StringDecoder('utf8')
  let rest = ''
  for await (const chunk of stream) {
    const lines = (rest + (typeof chunk === 'string' ? chunk : decoder.write(chunk))).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line.trim() !== '') yield JSON.parse(line) as T
  }
  if (rest.trim() !== '') yield JSON.parse(rest) as T
}

/**
 * Follows progress to its end. Engines answer 200 first and report a failure as a line.
 * @throws DockerError with the engine's message; `otherwise` is the code when its words say nothing more precise.
 */
export async function followProgress(
  request: string,
  stream: AsyncIterable<Buffer | string>,
  onLine: (line: ProgressLine) => void,
  otherwise: DockerErrorCode = 'engine_error',
): Promise<void> {
  for await (const line of jsonLines<ProgressLine>(stream)) {
    if (line.error !== undefined) {
      const code = codeOf(line.error, line.errorDetail?.code)
      throw new DockerError(code === 'engine_error' ? otherwise : code, `${request}: ${line.error.trim()}`)
    }
    onLine(line)
  }
}

/** A piece of a container's output. */
export type OutputChunk = { source: 'stdout' | 'stderr'; data: Buffer }

const HEADER_LENGTH = 8

/** Takes the engine's multiplexed output apart; with a terminal there is only one stream and no framing. */
export async function* outputChunks(stream: AsyncIterable<Buffer>, hasTerminal: boolean): AsyncGenerator<OutputChunk> {
  if (hasTerminal) {
    for await (const data of stream) yield { source: 'stdout', data }
    return
  }
  let pending: Buffer = Buffer.alloc(0)
  for await (const data of stream) {
    pending = pending.length === 0 ? data : Buffer.concat([pending, data])
    while (pending.length >= HEADER_LENGTH) {
      const end = HEADER_LENGTH + pending.readUInt32BE(4)
      if (pending.length < end) break
      yield { source: pending[0] === 2 ? 'stderr' : 'stdout', data: pending.subarray(HEADER_LENGTH, end) }
      pending = pending.subarray(end)
    }
  }
}
