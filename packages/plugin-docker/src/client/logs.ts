import type { Readable } from 'node:stream'
import { type CallOptions, call, type EngineAccess } from './engine-access.ts'
import { DockerError } from './error.ts'
import { type OutputChunk, outputChunks } from './streams.ts'
import type { ContainerInspect } from './wire.ts'

export type LogOptions = Pick<CallOptions, 'signal'> & {
  /** Goes on until the container ends, the signal, or the loop's end. */
  follow?: boolean | undefined
  /** The last lines only. */
  tail?: number | undefined
  since?: Date | undefined
  timestamps?: boolean | undefined
}

/** What a container has written, in pieces as they come; a signal ends it without an error. @throws DockerError `not_found` */
export type Logs = (name: string, options?: LogOptions) => AsyncGenerator<OutputChunk, void>

export function logsOf(
  access: EngineAccess,
  inspect: (name: string, options?: CallOptions) => Promise<ContainerInspect | undefined>,
): Logs {
  return async function* logs(name, { signal, follow = false, tail, since, timestamps = false } = {}) {
    const request = `logs of container ${name}`
    const container = await inspect(name, { signal })
    if (container === undefined) throw new DockerError('not_found', `${request}: there is no such container`)
    const query = {
      stdout: true,
      stderr: true,
      follow,
      timestamps,
      tail: tail ?? 'all',
      since: since ? since.getTime() / 1000 : 0,
    }
    const ended = new AbortController()
    const abortSignal = signal ? AbortSignal.any([signal, ended.signal]) : ended.signal
    try {
      const stream = await call<Readable>(access, { request, options: { signal } }, () =>
        openLogs(access, container.Id, query, abortSignal),
      )
      yield* outputChunks(stream, container.Config.Tty ?? false)
    } catch (error) {
      if (!signal?.aborted) throw error
    } finally {
      ended.abort()
    }
  }
}

/** dockerode's own call gives a whole buffer unless it follows. */
function openLogs(
  { streaming }: EngineAccess,
  id: string,
  options: object,
  abortSignal: AbortSignal,
): Promise<unknown> {
  const dial = {
    path: `/containers/${id}/logs?`,
    method: 'GET',
    isStream: true,
    statusCodes: { 200: true },
    options,
    abortSignal,
  }
  return new Promise((resolve, reject) => {
    streaming.modem.dial(dial, (error, stream) => (error ? reject(error) : resolve(stream)))
  })
}
