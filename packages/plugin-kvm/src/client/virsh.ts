import { randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import type { Host } from '@lares/transport'
import { isLibvirtError, type LibvirtError, notInstalled, refusal, virshFailure } from './error.ts'

export interface VirshOptions {
  /** What the command reads where one of its arguments is `STDIN`. */
  readonly input?: string | Uint8Array | undefined
  /** Milliseconds; 60,000 by default. */
  readonly timeout?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** One libvirt of one host. Every method rejects with a LibvirtError or a HostError. */
export interface Libvirt {
  readonly host: Host
  /** As libvirt writes it: `qemu:///system`. */
  readonly uri: string
  /** Runs one command and resolves with what it printed. Documents go over `input`, never through arguments. */
  virsh(args: readonly string[], options?: VirshOptions): Promise<string>
  /**
   * Runs many commands that only read, in one process and one round trip. The answers are in the order of the commands;
   * one that failed has its LibvirtError.
   */
  read(commands: readonly (readonly string[])[], signal?: AbortSignal): Promise<(string | LibvirtError)[]>
}

/** The argument that stands for a file with `input` in it. */
export const STDIN = '/dev/stdin'

export const DEFAULT_URI = 'qemu:///system'

/** The longest text of commands for one process; Linux takes 128 KiB in one argument. */
const LONGEST = 100_000
/** A minute's worth of tries. */
const BUSY_ATTEMPTS = 200
const BUSY_PAUSE = 300
/** Bytes of answers of one process. */
const LARGEST = 256 * 2 ** 20

/** The libvirt of a host. Nothing is opened before the first command. */
export function connectLibvirt({ host, uri = DEFAULT_URI }: { host: Host; uri?: string | undefined }): Libvirt {
  const program = ['virsh', '-q', '-c', uri] as const
  const env = { LC_ALL: 'C' }

  async function virsh(args: readonly string[], options: VirshOptions = {}): Promise<string> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await once(args, options)
      } catch (error) {
        // A pool in which a volume is being made takes some commands only afterwards, and says so before it does anything.
        if (!isLibvirtError(error, 'busy') || attempt >= BUSY_ATTEMPTS) throw error
        await setTimeout(BUSY_PAUSE, undefined, options.signal ? { signal: options.signal } : {})
      }
    }
  }

  async function once(args: readonly string[], { input, timeout, signal }: VirshOptions): Promise<string> {
    // What a command is given as stdin may be a socket, which cannot be opened by its name; a pipe can.
    const command = input === undefined ? program : (['sh', '-c', 'cat | "$@"', 'sh', ...program] as const)
    try {
      return (await host.exec([...command, ...args], { env, input, timeout, signal })).stdout
    } catch (error) {
      throw virshFailure(host, args, error)
    }
  }

  async function read(
    commands: readonly (readonly string[])[],
    signal?: AbortSignal,
  ): Promise<(string | LibvirtError)[]> {
    const answers: (string | LibvirtError)[] = []
    for (const part of inParts(commands)) answers.push(...(await readPart(part, signal)))
    return answers
  }

  async function readPart(commands: readonly (readonly string[])[], signal: AbortSignal | undefined) {
    const mark = randomUUID()
    const frame = `echo ${mark}; echo --err ${mark}`
    const text = commands.map((command) => `${command.map(quoted).join(' ')}; ${frame}`).join('; ')
    const output = complete(
      await host.ask('exec virsh -q -c "$1" "$2"', { args: [uri, text], signal, maxOutput: LARGEST }),
    )
    const printed = output.stdout.split(mark)
    const complaints = output.stderr.split(`error: ${mark}`)
    return commands.map((command, index) => {
      const said = complaints[index]!
      return /^error: /m.test(said) ? refusal(host, command, said) : printed[index]!
    })

    function complete(result: { exitCode: number; stdout: string; stderr: string }) {
      // Without a connection nothing is framed.
      if (result.stdout.split(mark).length === commands.length + 1) return result
      if (result.exitCode === 127) throw notInstalled(host, result.stderr)
      throw refusal(host, commands[0]!, result.stderr)
    }
  }

  return { host, uri, virsh, read }
}

/** As virsh reads a word of its command line. */
const quoted = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)

function* inParts(commands: readonly (readonly string[])[]): Generator<(readonly string[])[]> {
  let part: (readonly string[])[] = []
  let length = 0
  for (const command of commands) {
    const size = command.reduce((sum, word) => sum + word.length + 3, 120)
    if (part.length > 0 && length + size > LONGEST) {
      yield part
      part = []
      length = 0
    }
    part.push(command)
    length += size
  }
  if (part.length > 0) yield part
}
