import { Readable, type Writable } from 'node:stream'
import { deadline } from './deadline.ts'
import { bytesOf } from './files.ts'
import type { Command, ExecOptions, ExecResult, HostProcess } from './host.ts'
import { abortedError, HostError } from './host-error.ts'
import type { Link } from './link.ts'
import { quoteCommand } from './quote.ts'

const defaultTimeout = 60_000
const defaultMaxOutput = 16 * 1024 * 1024
const detailLimit = 4_000
/** Bytes. */
const PIECE = 256 * 1024
const shownCommandLimit = 120
/** How long an ended command may take to be gone before its caller is told anyway. */
const goneWithin = 3_000

/** Starts a command and collects its output, within its limits of time and memory. */
export async function run(link: Link, command: Command, options: ExecOptions = {}): Promise<ExecResult> {
  const redact = redactor(options.sensitive)
  const subject = `${link.description}: ${redact(shown(command))}`
  const timeout = options.timeout ?? defaultTimeout
  const limit = deadline(timeout, options.signal)
  let began = false
  const failure = (): HostError =>
    options.signal?.aborted
      ? abortedError(subject, options.signal)
      : new HostError('timeout', `${subject} did not ${began ? 'end' : 'begin'} within ${timeout} ms`)

  try {
    if (limit.signal.aborted) throw failure()
    const process = await link.start(command, { cwd: options.cwd, env: options.env, signal: limit.signal }, 'command')
    began = true
    const result = await collect(process, options, limit.signal, subject, failure)
    const refusal = link.refusal?.(result)
    if (refusal !== undefined)
      throw new HostError('sudo_refused', `${subject} was refused by sudo`, {
        detail: redact(refusal),
        advice: 'Give sudo the password of the login, or allow the login NOPASSWD.',
        retryable: true,
      })
    if (result.exitCode === 0 || options.reject === false) return result
    const detail = redact(tail(result.stderr.trim() || result.stdout.trim()))
    const summary = detail.split('\n').at(-1) ?? ''
    throw new HostError(
      'command_failed',
      `${subject} exited with ${result.exitCode}${summary === '' ? '' : `: ${summary}`}`,
      { detail, exitCode: result.exitCode },
    )
  } catch (error) {
    if (limit.signal.aborted && !(error instanceof HostError && error.code === 'output_too_large')) throw failure()
    throw error
  } finally {
    limit.clear()
  }
}

async function collect(
  process: HostProcess,
  options: ExecOptions,
  limit: AbortSignal,
  subject: string,
  failure: () => HostError,
): Promise<ExecResult> {
  const maxOutput = options.maxOutput ?? defaultMaxOutput
  let stop: (error: HostError) => void = () => {}
  const stopped = new Promise<never>((_, reject) => {
    stop = reject
  })
  const onLimit = () => stop(failure())
  limit.addEventListener('abort', onLimit, { once: true })
  if (limit.aborted) onLimit()
  const overflow = () => stop(new HostError('output_too_large', `${subject} wrote more than ${maxOutput} bytes`))

  const stopFeeding = feed(process.stdin, options.input)
  const finished = Promise.all([
    gather(process.stdout, maxOutput, overflow),
    gather(process.stderr, maxOutput, overflow),
    process.exited,
  ])
  try {
    const [stdout, stderr, exitCode] = await Promise.race([finished, stopped])
    return { exitCode, stdout: text(stdout), stderr: text(stderr), bytes: stdout }
  } catch (error) {
    stopFeeding()
    process.stdout.pause()
    process.stderr.pause()
    finished.catch(() => {})
    await Promise.race([process.kill(), wait(goneWithin)])
    process.stdout.resume()
    process.stderr.resume()
    throw error
  } finally {
    limit.removeEventListener('abort', onLimit)
  }
}

/**
 * A command may end without reading all of its input: that is its own affair, its exit status tells. Much input goes in
 * pieces, so that a command that is given up never gets to its end.
 */
function feed(stdin: Writable, input: string | Uint8Array = ''): () => void {
  stdin.on('error', () => {})
  if (input.length <= PIECE) {
    stdin.end(input)
    return () => {}
  }
  const source = Readable.from(piecesOf(bytesOf(input)))
  source.pipe(stdin)
  return () => source.unpipe(stdin)
}

function* piecesOf(bytes: Uint8Array): Iterable<Uint8Array> {
  for (let at = 0; at < bytes.length; at += PIECE) yield bytes.subarray(at, at + PIECE)
}

/** Listens instead of iterating: an iterator destroys its stream at the end, which loses the exit status over SSH. */
function gather(stream: Readable, limit: number, overflow: () => void): Promise<Buffer> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let size = 0
    const done = () => resolve(Buffer.concat(chunks))
    stream.on('data', (chunk: Buffer) => {
      if (size > limit) return
      size += chunk.length
      if (size <= limit) return void chunks.push(chunk)
      chunks.length = 0
      overflow()
    })
    stream.once('end', done).once('close', done).once('error', done)
  })
}

function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds).unref())
}

function text(bytes: Buffer): string {
  return bytes.toString('utf8')
}

function shown(command: Command): string {
  const line = quoteCommand(command).replaceAll(/\s+/g, ' ')
  return `"${line.length > shownCommandLimit ? `${line.slice(0, shownCommandLimit)}…` : line}"`
}

function tail(output: string): string {
  return output.length > detailLimit ? `…${output.slice(-detailLimit)}` : output
}

function redactor(sensitive: readonly string[] = []): (output: string) => string {
  const longestFirst = sensitive.filter((value) => value !== '').toSorted((a, b) => b.length - a.length)
  return (output) => longestFirst.reduce((left, value) => left.replaceAll(value, '***'), output)
}
