import type { Duplex } from 'node:stream'
import type { Command, ConnectTarget, ExecResult, HostProcess, StartOptions } from './host.ts'

/**
 * What waits for what: a `command` takes its time, a `stream` may stay as long as it is needed, and a `question` is behind
 * neither of them.
 */
export type Lane = 'command' | 'stream' | 'question'

/** The least that a way of reaching a machine has to offer; everything else of a Host is built on it. */
export interface Link {
  readonly description: string
  readonly local: boolean
  start(command: Command, options: StartOptions, lane: Lane): Promise<HostProcess>
  /** What a result says when the command was refused before it began. */
  refusal?(result: ExecResult): string | undefined
  connect(target: ConnectTarget, signal: AbortSignal | undefined): Promise<Duplex>
  close(): Promise<void>
}
