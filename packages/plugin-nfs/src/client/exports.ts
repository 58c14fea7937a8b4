import { type Host, HostError } from '@lares/transport'
import { type EtabEntry, parseEtab } from './formats/etab.ts'
import { type ExportEntry, formatExportEntry, parseExports } from './formats/exports-file.ts'

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

/** What a host exports, and what a lab has written for it. */
export interface ExportsState {
  /** How many threads the kernel's server has; 0 when it does not run. */
  threads: number
  /** The address that the host was reached under, or its first one. */
  address: string | undefined
  /** The lab's own file, undefined when there is none. */
  file: string | undefined
  /** What the server answers with, of whatever origin. */
  live: readonly EtabEntry[]
  /** By path, of those that were asked for. */
  directories: ReadonlyMap<string, DirectoryState>
}

/** `$1` the lab's file, then paths. Lines: threads, address, the file and the table in base64, then one for each path. */
const READ = `
file=$1; shift
printf '%s\\n' "$(cat /proc/fs/nfsd/threads 2> /dev/null || echo 0)"
address=$(set -- $SSH_CONNECTION; echo "$3")
[ -n "$address" ] || address=$(hostname -I 2> /dev/null | cut -d ' ' -f 1)
printf '%s\\n' "$address"
if [ -e "$file" ]; then printf '=%s\\n' "$(base64 < "$file" | tr -d '\\n')"; else echo; fi
printf '=%s\\n' "$(base64 < /var/lib/nfs/etab 2> /dev/null | tr -d '\\n')"
for path; do stat -Lc '%F|%a|%U|%u|%G|%g' -- "$path" 2> /dev/null || echo absent; done
`

/** The file of one lab. Files of others in that directory, and /etc/exports, are never written. */
export const fileOfLab = (lab: string): string => `/etc/exports.d/lares-${lab}.exports`

/** Reads it in one round trip, together with what else is asked of the host at the time. Rejects with a HostError. */
export async function readExports(
  host: Host,
  lab: string,
  paths: readonly string[],
  signal?: AbortSignal,
): Promise<ExportsState> {
  const { stdout, stderr } = await host.ask(READ, { args: [fileOfLab(lab), ...paths], timeout: 30_000, signal })
  const [threads, address, file, table, ...found] = stdout.split('\n')
  if (table === undefined)
    throw new HostError('command_failed', `${host.description} answered unexpectedly`, { detail: stderr })
  return {
    threads: Number(threads),
    address: address || undefined,
    file: file === '' ? undefined : decode(file!),
    live: parseEtab(decode(table)),
    directories: new Map(paths.map((path, index) => [path, directoryOf(found[index] ?? '')])),
  }
}

const decode = (line: string): string => Buffer.from(line.slice(1), 'base64').toString()

function directoryOf(line: string): DirectoryState {
  const [kind = 'absent', mode = '', owner = '', uid = '', group = '', gid = ''] = line.split('|')
  return {
    kind: kind === 'directory' ? 'directory' : kind === 'absent' || kind === '' ? 'absent' : 'other',
    mode: mode.padStart(4, '0'),
    ...{ owner: nameOf(owner, uid), uid: Number(uid), group: nameOf(group, gid), gid: Number(gid) },
  }
}

const nameOf = (name: string, id: string): string => (name === '' || name === 'UNKNOWN' ? id : name)

/** Everything that a host exports now, by whomever it was told to. */
export async function listExports(host: Host, signal?: AbortSignal): Promise<readonly EtabEntry[]> {
  return (await readExports(host, '', [], signal)).live
}

/** One client of one path, with the options that exportfs takes. */
export interface LiveExport {
  path: string
  host: string
  options: readonly string[]
}

/** An IPv6 address stands in brackets before the path, and a network of them has its length behind these. */
const named = ({ host, path }: Pick<LiveExport, 'host' | 'path'>): string => {
  const [address, length] = host.replaceAll(/[[\]]/g, '').split('/')
  return host.includes(':') ? `[${address}]${length === undefined ? '' : `/${length}`}:${path}` : `${host}:${path}`
}

/** Pairs of options and `client:path` up to a `--`, then `client:path` that are to end. What exportfs says goes to stderr. */
const APPLY = `
PATH=$PATH:/usr/sbin:/sbin
# Without its table, exportfs writes it and says that it failed.
[ -e /var/lib/nfs/etab ] || : > /var/lib/nfs/etab
while [ "$1" != -- ]; do exportfs -i -o "$1" "$2"; shift 2; done
shift
for each; do exportfs -u "$each" || :; done
`

export interface ExportsChange {
  lab: string
  /** What the lab's file says from now on, each with the address of its resource; the file goes when there is none. */
  entries: readonly (ExportEntry & { address: string })[]
  /** What the server is to answer with, in place of what it had for the same client and path. */
  set: readonly LiveExport[]
  /** What it is to answer with no more. */
  unset: readonly Pick<LiveExport, 'host' | 'path'>[]
}

/**
 * Writes the lab's file, then tells the server: of the clients that are named alone, so that what others have exported by
 * hand stays. Returns what exportfs complained of; it is wise to read what came of it.
 */
export async function changeExports(
  host: Host,
  { lab, entries, set, unset }: ExportsChange,
  signal?: AbortSignal,
): Promise<string> {
  const file = fileOfLab(lab)
  if (entries.length === 0) await host.exec(['rm', '-f', '--', file], { signal })
  else {
    await host.exec(['mkdir', '-p', '/etc/exports.d'], { signal })
    await host.writeFile(file, exportsText(lab, entries), { mode: 0o644, signal })
  }
  const args = [...set.flatMap((each) => [each.options.join(','), named(each)]), '--', ...unset.map(named)]
  const { stderr } = await host.script(APPLY, { args, signal, reject: false, timeout: 120_000 })
  return stderr.trim()
}

const exportsText = (lab: string, entries: ExportsChange['entries']): string =>
  [
    `# Written by Lares for the lab "${lab}". What is changed here is undone by the next apply.`,
    ...entries.map((entry) => `# ${entry.address}\n${formatExportEntry(entry)}`),
    '',
  ].join('\n')

/** What a lab's file says, each with the address of its resource. */
export function entriesOf(text: string | undefined): ExportsChange['entries'] {
  if (text === undefined) return []
  let address = ''
  return parseExports(text).lines.flatMap((line) => {
    if (line.kind === 'comment') address = line.text.replace(/^#\s*/, '').trim()
    return line.kind === 'entry' ? [{ ...line.entry, address }] : []
  })
}
