import { ADDRESS, type Host, HostError } from '@lares/transport'
import type { EtabEntry } from '../formats/etab.ts'
import type { ExportEntry } from '../formats/exports-file.ts'

/** The kernel's server, or NFS-Ganesha, which needs nothing of the kernel. */
export const serverKinds = ['kernel', 'ganesha'] as const
export type ServerKind = (typeof serverKinds)[number]

/** What is at the path of an export. */
export interface DirectoryState {
  kind: 'directory' | 'other' | 'absent'
  /** Four octal digits. */
  mode: string
  /** Name, or the number where it has none. */
  owner: string
  uid: number
  group: string
  gid: number
}

/** An export in the file of a lab. */
export interface WrittenExport extends ExportEntry {
  /** Of its resource. */
  address: string
  /** Ganesha's number of it. */
  id?: number
}

/** One client of one path, with its options as words of exports(5), whatever the server. */
export type LiveExport = EtabEntry

/** What a host exports, and what a lab has written for it. */
export interface ExportsState {
  serving: boolean
  /** Another server has its port. */
  otherServes: boolean
  /** The address that the host was reached under, or its first one. */
  address: string | undefined
  /** What the lab's own file says. */
  written: readonly WrittenExport[]
  /** The server reads that file when it starts. */
  included: boolean
  /** Paths that are exported from elsewhere when the server starts. */
  foreign: ReadonlySet<string>
  /** What the server answers with, of whatever origin. */
  live: readonly LiveExport[]
  /** Ganesha's numbers of what it exports, by path: all clients of a path are one export. Empty for the kernel's server. */
  ids: ReadonlyMap<string, number>
  /** Of NFS, that it speaks: `4.2`. Undefined where that is not known. */
  versions?: readonly string[]
  /** By path, of those that were asked for. */
  directories: ReadonlyMap<string, DirectoryState>
}

export interface ExportsQuery {
  /** Whose file is read. */
  lab: string
  /** Whose directories are looked at. */
  paths: readonly string[]
  /** Clients that are expected: of names, Ganesha tells the addresses alone. */
  clients?: readonly string[]
}

export interface ExportsChange {
  lab: string
  /** As it was read a moment ago. */
  state: ExportsState
  /** What the lab's file says from now on; the file goes when there is none. */
  entries: readonly WrittenExport[]
  /** Which of them are new or other than they were, or gone. */
  paths: readonly string[]
  /** What the server is to answer with, in place of what it had for the same client and path. */
  set: readonly LiveExport[]
  /** What it is to answer with no more. */
  unset: readonly Pick<LiveExport, 'host' | 'path'>[]
}

/** How a kind of server is asked and told. What goes wrong with the host is a HostError. */
export interface ExportServer {
  /** What it is called in messages. */
  readonly title: string
  /** Reads all in one round trip, together with what else is asked of the host at the time. */
  read(host: Host, query: ExportsQuery, signal?: AbortSignal): Promise<ExportsState>
  /**
   * Writes the lab's file, then tells the server, which is never restarted: of what is named alone, so that what others
   * export stays. Returns what the server complained of; it is wise to read what came of it.
   */
  change(host: Host, change: ExportsChange, signal?: AbortSignal): Promise<string>
  /** Installs what is missing and has the server started, now and with the host. One that runs is not touched. */
  bringUp(host: Host, signal?: AbortSignal): Promise<void>
}

/** Lines: who listens where NFS is served, the host's address and, for each argument, what is at that path. */
const FACTS = `
printf '%s\\n' "$(grep -hi ':0801 [0-9A-F:]* 0A ' /proc/net/tcp /proc/net/tcp6 2> /dev/null | head -n 1)"
${ADDRESS}
for path; do stat -Lc '%F|%a|%U|%u|%G|%g' -- "$path" 2> /dev/null || echo absent; done
`

/** Runs what prints `lines` lines and takes all arguments but the paths, and reads what any server needs to know of its host. */
export async function askWithFacts(
  host: Host,
  { script, args, lines }: { script: string; args: readonly string[]; lines: number },
  paths: readonly string[],
  signal?: AbortSignal,
): Promise<{ answers: string[]; isServed: boolean } & Pick<ExportsState, 'address' | 'directories'>> {
  const { stdout, stderr } = await host.ask(`${script}${FACTS}`, { args: [...args, ...paths], timeout: 30_000, signal })
  const all = stdout.split('\n')
  const [listener, address, ...found] = all.slice(lines)
  if (address === undefined)
    throw new HostError('command_failed', `${host.description} answered unexpectedly`, { detail: stderr })
  return {
    answers: all.slice(0, lines),
    isServed: listener !== '',
    address: address || undefined,
    directories: new Map(paths.map((path, index) => [path, directoryOf(found[index] ?? '')])),
  }
}

/** The text of a line that is a sign and base64; undefined where there was no file. */
export const decode = (line: string): string | undefined =>
  line === '' ? undefined : Buffer.from(line.slice(1), 'base64').toString()

function directoryOf(line: string): DirectoryState {
  const [kind = 'absent', mode = '', owner = '', uid = '', group = '', gid = ''] = line.split('|')
  return {
    kind: kind === 'directory' ? 'directory' : kind === 'absent' || kind === '' ? 'absent' : 'other',
    mode: mode.padStart(4, '0'),
    ...{ owner: nameOf(owner, uid), uid: Number(uid), group: nameOf(group, gid), gid: Number(gid) },
  }
}

const nameOf = (name: string, id: string): string => (name === '' || name === 'UNKNOWN' ? id : name)

/** The first line of a lab's file, a comment for either server. */
export const headOf = (lab: string): string =>
  `# Written by Lares for the lab "${lab}". What is changed here is undone by the next apply.`
