import type { Duplex, Readable, Writable } from 'node:stream'

/** Program and arguments; never a shell string. */
export type Command = readonly [program: string, ...args: string[]]

export interface StartOptions {
  /** Directory to run in. Default: the login's home, or the current directory on this machine. */
  readonly cwd?: string | undefined
  /** Variables added to the environment. They travel over stdin, not on a command line. */
  readonly env?: Readonly<Record<string, string>> | undefined
  readonly signal?: AbortSignal | undefined
}

export interface ExecOptions extends StartOptions {
  /** What the command reads; without it, it reads the end of file at once. */
  readonly input?: string | Uint8Array | undefined
  /**
   * Milliseconds until the command and its children are ended, waiting for its turn included; 60,000 by default, 0 for
   * no limit.
   */
  readonly timeout?: number | undefined
  /** Whether an exit status other than 0 rejects with `command_failed`; true by default. */
  readonly reject?: boolean | undefined
  /** Bytes kept of stdout and of stderr each before the command is ended with `output_too_large`; 16 MiB by default. */
  readonly maxOutput?: number | undefined
  /** Strings that must not appear in an error. */
  readonly sensitive?: readonly string[] | undefined
}

export interface ScriptOptions extends Omit<ExecOptions, 'input'> {
  /** `$1`, `$2`, ... of the script. */
  readonly args?: readonly string[] | undefined
}

export interface AskOptions {
  /** `$1`, `$2`, ... of the question. They travel over stdin, so there may be many. */
  readonly args?: readonly string[] | undefined
  readonly signal?: AbortSignal | undefined
  /** Milliseconds until an answer has to be there, waiting included; 60,000 by default, 0 for no limit. */
  readonly timeout?: number | undefined
  /** Bytes of stdout or of stderr before it is `output_too_large`; 16 MiB by default. */
  readonly maxOutput?: number | undefined
}

export interface ExecResult {
  /** 127 when there is no such program; 128 + n when signal n ended it. */
  readonly exitCode: number
  /** As UTF-8, untrimmed. */
  readonly stdout: string
  readonly stderr: string
  /** stdout as it came. */
  readonly bytes: Uint8Array
}

/** A started command whose streams the caller owns. */
export interface HostProcess {
  readonly stdin: Writable
  readonly stdout: Readable
  readonly stderr: Readable
  /** Exit status, counted as in ExecResult. Rejects with `connection_lost` when the outcome is unknown. */
  readonly exited: Promise<number>
  /**
   * Ends the command and its children: asks with SIGTERM, insists with SIGKILL after two seconds. Resolves when they
   * are gone or could not be reached.
   */
  kill(): Promise<void>
}

export interface ReadOptions {
  readonly signal?: AbortSignal | undefined
  /** Milliseconds; 60,000 by default. */
  readonly timeout?: number | undefined
  /** Bytes; a larger file is `output_too_large`. 64 MiB by default. */
  readonly maxBytes?: number | undefined
}

export interface WriteOptions {
  /** Permission bits. Default: those of the file that is replaced, else 0o644. */
  readonly mode?: number | undefined
  /** User name or number. Default: that of the file that is replaced, else the login. */
  readonly owner?: string | undefined
  /** Group name or number. */
  readonly group?: string | undefined
  readonly signal?: AbortSignal | undefined
  /** Milliseconds; 60,000 by default. */
  readonly timeout?: number | undefined
}

export interface SudoOptions {
  /** Asked once, when the first command needs it. Goes to sudo's stdin, never to a command line. */
  readonly password?: (() => string | Promise<string>) | undefined
  /** Whom to become; root by default. */
  readonly user?: string | undefined
}

/** Where a stream leads, as seen from the host. */
export type ConnectTarget = { readonly socketPath: string } | { readonly host?: string; readonly port: number }

export interface SocketForward {
  /** A unix socket on this machine, mode 0600 in a private directory. */
  readonly localPath: string
  close(): Promise<void>
}

export interface PortForward {
  /** A port on 127.0.0.1 of this machine. */
  readonly localPort: number
  close(): Promise<void>
}

/**
 * A machine that takes commands, files and streams: this one, or one behind SSH.
 * Every method rejects with a HostError. A connection that dropped is opened again by the next call; a command that
 * was running on it rejects with `connection_lost` and is never run twice.
 */
export interface Host {
  /** `local` or `root@10.0.0.5:22`, for messages. */
  readonly description: string
  /** True for this machine. */
  readonly local: boolean
  exec(command: Command, options?: ExecOptions): Promise<ExecResult>
  /** Runs a POSIX sh script in one round trip. It is parsed as a whole before it starts; its stdin is empty. */
  script(text: string, options?: ScriptOptions): Promise<ExecResult>
  /**
   * Asks for something with a POSIX sh script that changes nothing; it may be run twice. What is asked during one turn
   * of the event loop travels together, in one round trip, and each answer comes as soon as it is there: one that takes
   * long keeps others waiting for two seconds at most. Runs with `LC_ALL=C`, an empty stdin, and the directories of
   * `sbin` on its PATH. Resolves whatever the exit status is.
   */
  ask(text: string, options?: AskOptions): Promise<ExecResult>
  /**
   * Starts a command without a time limit and hands over its streams; read both. Its signal ends it. At most four run
   * at a time on a host behind SSH; a fifth waits 30 seconds, then is `channel_refused`.
   */
  spawn(command: Command, options?: StartOptions): Promise<HostProcess>
  readFile(path: string, options?: ReadOptions): Promise<Uint8Array>
  /**
   * Replaces a file atomically: a reader sees all of the old one or all of the new one, also after a crash.
   * A symbolic link is replaced, not followed.
   */
  writeFile(path: string, data: string | Uint8Array, options?: WriteOptions): Promise<void>
  /**
   * A stream to a unix socket or TCP port of the host, opened within 30 seconds. Always as the login user, also on a
   * `sudo()` host.
   */
  connect(target: ConnectTarget, signal?: AbortSignal): Promise<Duplex>
  /** A local socket that leads to one on the host, for tools that can't take a stream. */
  forwardSocket(remotePath: string, signal?: AbortSignal): Promise<SocketForward>
  /** A local port that leads to one on the host. */
  forwardPort(
    target: number | { readonly host?: string; readonly port: number },
    signal?: AbortSignal,
  ): Promise<PortForward>
  /** The same host over the same connection, its commands and files through sudo. */
  sudo(options?: SudoOptions): Host
  /** Ends running commands, streams, forwards and the connection. */
  close(): Promise<void>
}
