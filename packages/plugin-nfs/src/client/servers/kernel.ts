import { parseEtab } from '../formats/etab.ts'
import { formatExportEntry, parseExports } from '../formats/exports-file.ts'
import { installPart, startServer } from '../parts.ts'
import { askWithFacts, decode, type ExportServer, headOf, type LiveExport, type WrittenExport } from './server.ts'

/** `$1` the lab's file. Lines: threads, versions, the file and the table in base64. */
const READ = `
file=$1; shift
printf '%s\\n' "$(cat /proc/fs/nfsd/threads 2> /dev/null || echo 0)"
printf '%s\\n' "$(cat /proc/fs/nfsd/versions 2> /dev/null)"
if [ -e "$file" ]; then printf '=%s\\n' "$(base64 < "$file" | tr -d '\\n')"; else echo; fi
printf '=%s\\n' "$(base64 < /var/lib/nfs/etab 2> /dev/null | tr -d '\\n')"
`

/** Files of others in that directory, and /etc/exports, are never written. */
const fileOf = (lab: string): string => `/etc/exports.d/lares-${lab}.exports`

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

/** The server in the kernel, told by exportfs and read from its table. */
export const kernelServer: ExportServer = {
  title: "The kernel's NFS server",

  async read(host, { lab, paths }, signal) {
    const asked = { script: READ, args: [fileOf(lab)], lines: 4 }
    const { answers, isServed, ...facts } = await askWithFacts(host, asked, paths, signal)
    const [threads, versions, file, table] = answers as [string, string, string, string]
    const serving = Number(threads) > 0
    return {
      ...facts,
      serving,
      otherServes: isServed && !serving,
      written: entriesOf(decode(file) ?? ''),
      included: true,
      foreign: new Set(),
      ...(serving ? { versions: versionsOf(versions) } : {}),
      live: parseEtab(decode(table) ?? ''),
      ids: new Map(),
    }
  },

  async change(host, { lab, entries, set, unset }, signal) {
    const file = fileOf(lab)
    if (entries.length === 0) await host.exec(['rm', '-f', '--', file], { signal })
    else {
      await host.exec(['mkdir', '-p', '/etc/exports.d'], { signal })
      await host.writeFile(file, exportsText(lab, entries), { mode: 0o644, signal })
    }
    const args = [...set.flatMap((each) => [each.options.join(','), named(each)]), '--', ...unset.map(named)]
    const { stderr } = await host.script(APPLY, { args, signal, reject: false, timeout: 120_000 })
    return stderr.trim()
  },

  async bringUp(host, signal) {
    await installPart(host, 'server', signal)
    await startServer(host, signal)
  },
}

/** `-2 +3 +4 +4.1 -4.2`; a plain 4 stands for 4.0 where that has no word of its own. */
function versionsOf(line: string): string[] {
  const words = line.split(/\s+/)
  const spoken = words.filter((word) => word.startsWith('+')).map((word) => word.slice(1))
  const hasZero = words.some((word) => word.slice(1) === '4.0')
  return spoken.flatMap((word) => (word !== '4' ? [word] : hasZero ? [] : ['4.0']))
}

const exportsText = (lab: string, entries: readonly WrittenExport[]): string =>
  [headOf(lab), ...entries.map((entry) => `# ${entry.address}\n${formatExportEntry(entry)}`), ''].join('\n')

function entriesOf(text: string): WrittenExport[] {
  let address = ''
  return parseExports(text).lines.flatMap((line) => {
    if (line.kind === 'comment') address = line.text.replace(/^#\s*/, '').trim()
    return line.kind === 'entry' ? [{ ...line.entry, address }] : []
  })
}
