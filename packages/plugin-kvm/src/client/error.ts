import { type Host, isHostError } from '@lares/transport'

/** Stable codes of what can go wrong between this client and libvirt. */
export type LibvirtErrorCode =
  | 'unreachable'
  | 'timeout'
  | 'busy'
  | 'not_installed'
  | 'permission_denied'
  | 'not_found'
  | 'already_exists'
  | 'in_use'
  | 'not_running'
  | 'already_running'
  | 'no_agent'
  | 'no_space'
  | 'no_memory'
  | 'unsupported'
  | 'invalid'
  | 'libvirt_error'

/** A call that libvirt refused, or that never reached it. The message names the call, `detail` is what libvirt said. */
export class LibvirtError extends Error {
  override readonly name = 'LibvirtError'
  readonly code: LibvirtErrorCode
  readonly detail: string
  readonly advice: string | undefined

  constructor(
    code: LibvirtErrorCode,
    message: string,
    options: { detail?: string; advice?: string; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.detail = options.detail ?? ''
    this.advice = options.advice
  }
}

/** True for a LibvirtError, with one of the codes when any are given; also across two copies of this package. */
export function isLibvirtError(error: unknown, ...codes: readonly LibvirtErrorCode[]): error is LibvirtError {
  const isOne = error instanceof Error && error.name === 'LibvirtError' && 'code' in error
  return isOne && (codes.length === 0 || codes.includes(error.code as LibvirtErrorCode))
}

/** What virsh says, the most telling first. Its words are those of the C locale. */
const phrases: readonly [RegExp, LibvirtErrorCode][] = [
  [
    /authentication unavailable|authentication failed|access denied|permission denied|authorization/i,
    'permission_denied',
  ],
  [/no space left on device|disk quota exceeded|not enough (?:free )?space/i, 'no_space'],
  [/cannot allocate memory|cannot set up guest memory/i, 'no_memory'],
  [
    /guest agent is not (?:connected|responding|available|configured)|guest agent.*not (?:configured|connected)/i,
    'no_agent',
  ],
  [
    /failed to connect to the hypervisor|failed to connect socket|end of file while reading|client socket is closed/i,
    'unreachable',
  ],
  [/asynchronous jobs running/i, 'busy'],
  [/timed out|cannot acquire state change lock/i, 'timeout'],
  [
    /not found|no (?:domain|network|storage pool|storage vol|snapshot|nwfilter|secret)\b.*with (?:matching|key)|failed to get (?:domain|network|pool|vol|snapshot)|no (?:target )?(?:device|disk|interface).*(?:found|matching)|device not present/i,
    'not_found',
  ],
  [/already exists|exists already|is already defined|already (?:uses|has)/i, 'already_exists'],
  [/domain is already (?:active|running)|is already active/i, 'already_running'],
  [/is not (?:running|active)/i, 'not_running'],
  [/in use|is (?:still )?active|being used/i, 'in_use'],
  [/not supported|unsupported|unsupported configuration/i, 'unsupported'],
  [/xml error|invalid argument|missing |parse|malformed|unknown command|requires/i, 'invalid'],
]

export const codeOf = (message: string): LibvirtErrorCode =>
  phrases.find(([pattern]) => pattern.test(message))?.[1] ?? 'libvirt_error'

/** The lines that virsh wrote to stderr as one text, without their prefix and the line that says nothing. */
export const saidBy = (stderr: string): string =>
  stderr
    .split('\n')
    .map((line) => line.replace(/^error: /, '').trim())
    .filter((line) => line !== '' && line !== 'Failed to reconnect to the hypervisor')
    .join('\n')

const adviceOn: { readonly [code in LibvirtErrorCode]?: string } = {
  unreachable: 'Is libvirtd running there, and may this user connect to it?',
  permission_denied: 'Log in as root, or as a user of the group libvirt there.',
  no_space: 'Make room in the storage pool, or use another one.',
  no_memory: 'Stop another guest there, or give this one less memory.',
}

/** The failure of one virsh command on a host. */
export function refusal(host: Where, command: readonly string[], stderr: string, cause?: unknown): LibvirtError {
  const detail = saidBy(stderr)
  const code = codeOf(detail)
  const advice = adviceOn[code]
  const what = code === 'unreachable' ? `libvirt does not answer on ${nameOf(host)}` : `virsh ${command[0]}`
  return new LibvirtError(code, `${what}: ${detail.split('\n').at(-1) || 'failed'}`, {
    detail,
    ...(advice === undefined ? {} : { advice }),
    cause,
  })
}

type Where = Pick<Host, 'description' | 'local'>

const nameOf = ({ local, description }: Where): string => (local ? 'this machine' : description)

export const notInstalled = (host: Where, detail: string, cause?: unknown): LibvirtError =>
  new LibvirtError('not_installed', `virsh is not installed on ${nameOf(host)}`, {
    detail,
    advice: 'Install libvirt-clients and libvirt-daemon-system (Debian, Ubuntu) or libvirt (Fedora, Rocky).',
    cause,
  })

/** An error of the host as it is, but for a failed virsh. */
export function virshFailure(host: Where, command: readonly string[], error: unknown): unknown {
  if (!isHostError(error, 'command_failed')) return error
  return error.exitCode === 127 ? notInstalled(host, error.detail, error) : refusal(host, command, error.detail, error)
}
