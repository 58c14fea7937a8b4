import { createHash } from 'node:crypto'
import { isIP } from 'node:net'
import { editFile, type Host, HostError } from '@lares/transport'
import { canonicalClient, clientKind, sameClient } from '../formats/export-client.ts'
import { parseExportOptions } from '../formats/export-options.ts'
import {
  formatGaneshaExports,
  type GaneshaExport,
  ganeshaOptions,
  parseGaneshaExports,
} from '../formats/ganesha-config.ts'
import { includes, withInclude, withoutInclude } from '../formats/ganesha-include.ts'
import { installPart, startGanesha } from '../parts.ts'
import {
  askWithFacts,
  decode,
  type ExportServer,
  type ExportsState,
  headOf,
  type LiveExport,
  type WrittenExport,
} from './server.ts'

const CONFIG = '/etc/ganesha/ganesha.conf'

/** Files of others in that directory are never written, and of Ganesha's own configuration one line. */
const fileOf = (lab: string): string => `/etc/ganesha/lares-${lab}.conf`

const CALL = `
call() {
  method=$1; shift
  busctl --system --json=short call org.ganesha.nfsd /org/ganesha/nfsd/ExportMgr org.ganesha.nfsd.exportmgr "$method" "$@"
}
`

/**
 * `$1` Ganesha's configuration, `$2` the lab's file, then names up to a `--`. Lines: the two files in base64, the addresses
 * of each name, and what D-Bus tells of each export as a JSON array; none when it does not answer.
 */
const READ = `${CALL}
for file in "$1" "$2"; do
  if [ -e "$file" ]; then printf '=%s\\n' "$(base64 < "$file" | tr -d '\\n')"; else echo; fi
done
shift 2
while [ "$1" != -- ]; do
  printf '%s\\n' "$(getent ahosts "$1" | cut -d ' ' -f 1 | sort -u | tr '\\n' ' ')"
  shift
done
shift
if exports=$(call ShowExports 2> /dev/null); then
  printf 'null,'
  for id in $(printf '%s' "$exports" | grep -o '\\[[0-9]*,"' | tr -cd '0-9\\n'); do
    printf '%s,' "$(call DisplayExport q "$id" 2> /dev/null || echo null)"
  done
fi
echo
`

/** What DisplayExport answers: number, path, pseudo path, tag and clients. */
interface Displayed {
  data: [number, string, string, string, DisplayedClient[] | undefined]
}
/** A name, four numbers of its network, then the anonymous user and group, an expiry, options, and which of them are set. */
type DisplayedClient = [string, number, number, number, number, number, number, number, number, number]

/** NFS-Ganesha, told by D-Bus and read from there. A signal to read its files again would withdraw all exports where one is wrong. */
export const ganeshaServer: ExportServer = {
  title: 'NFS-Ganesha',

  async read(host, { lab, paths, clients = [] }, signal) {
    const names = [...new Set(clients.filter((each) => clientKind(each) === 'host' && isIP(each) === 0))]
    const asked = { script: READ, args: [CONFIG, fileOf(lab), ...names, '--'], lines: names.length + 3 }
    const { answers, isServed, ...facts } = await askWithFacts(host, asked, paths, signal)
    const [config, file, ...found] = answers as [string, string, ...string[]]
    const bus = found.pop()!
    const displayed = (JSON.parse(`[${bus}null]`) as (Displayed | null)[]).filter((each) => each !== null)
    const text = decode(file)
    const blocks = parseGaneshaExports(text ?? '')
    const addresses = new Map(names.map((name, index) => [name, found[index]!.split(' ').filter(Boolean)]))
    const foreign = decode(config) ?? ''
    return {
      ...facts,
      serving: bus !== '',
      otherServes: isServed && bus === '',
      written: blocks.map(({ comment, ...block }) => ({ ...block, address: comment })),
      included: includes(foreign, fileOf(lab)) && text === textOf(lab, blocks),
      foreign: new Set(parseGaneshaExports(foreign).map(({ path }) => path)),
      live: displayed.flatMap((each) => withNames(clientsOf(host, each, blocks), addresses)),
      ids: new Map(displayed.map(({ data: [id, path] }) => [path, id])),
    }
  },

  async change(host, { lab, state, entries, paths }, signal) {
    const file = fileOf(lab)
    const numbered = withIds(entries, state)
    if (numbered.length === 0) {
      // A file that is named and missing keeps Ganesha from starting.
      await editFile(host, CONFIG, (config) => withoutInclude(config, file), { signal })
      await host.exec(['rm', '-f', '--', file], { signal })
    } else {
      const blocks = numbered.map(({ address, ...entry }) => ({ ...entry, comment: address }))
      await host.writeFile(file, textOf(lab, blocks), { mode: 0o644, signal })
      if (!state.included) await editFile(host, CONFIG, (config) => withInclude(config, file), { signal })
    }
    if (!state.serving) return 'NFS-Ganesha does not answer on D-Bus: it does not run, or was built without'
    const args = [file, ...stepsOf(numbered, state, paths)]
    const { stderr } = await host.script(APPLY, { args, signal, reject: false, timeout: 120_000 })
    return stderr.trim()
  },

  async bringUp(host, signal) {
    await installPart(host, 'ganesha', signal)
    await startGanesha(host, signal)
  },
}

const textOf = (lab: string, blocks: readonly GaneshaExport[]): string =>
  `${headOf(lab)}\n${formatGaneshaExports(blocks)}`

const fsidOf = ({ clients }: Pick<GaneshaExport, 'clients'>): number | undefined => {
  const { fsid } = parseExportOptions(clients[0]?.options ?? [])
  return typeof fsid === 'number' ? fsid : undefined
}

/** D-Bus does not tell the number of the file system, which never changes while an export has its Export_Id. */
function clientsOf(host: Host, { data: [id, path, , , clients] }: Displayed, blocks: readonly GaneshaExport[]) {
  if (!Array.isArray(clients))
    throw new HostError(
      'command_failed',
      `${host.description} has an NFS-Ganesha that does not tell who its clients are`,
      {
        detail: 'Lares needs 4.0 or newer.',
      },
    )
  const block = blocks.find((each) => each.id === id && each.path === path)
  const fsid = block && fsidOf(block)
  return clients.flatMap(([name, , , , , anonUid, anonGid, , options, set]): LiveExport[] => {
    const words = ganeshaOptions({ options, set, anonUid, anonGid }, fsid)
    const client = clientNamed(name)
    return words && client ? [{ path, host: client, options: words }] : []
  })
}

/** Ganesha takes the sign from netgroups; a name without addresses is there as `<unknown>`. */
function clientNamed(name: string): string | undefined {
  if (name === '<unknown>') return undefined
  if (name.includes('/')) return canonicalClient(name)
  return /[*?[]/.test(name) ? name : `@${name}`
}

/** Names for the addresses that Ganesha made of them, where these are the same as now. */
function withNames(clients: readonly LiveExport[], addresses: ReadonlyMap<string, readonly string[]>): LiveExport[] {
  let found = [...clients]
  for (const [name, all] of addresses) {
    const same = all.map((address) => found.find(({ host }) => sameClient(host, address)))
    const [first] = same
    if (!first || same.some((each) => each?.options.join() !== first.options.join())) continue
    found = found.flatMap((each) => (each === first ? [{ ...each, host: name }] : same.includes(each) ? [] : [each]))
  }
  return found
}

type Numbered = WrittenExport & { id: number }

/** Each has the number that it has, unless its file system is to have another: that is for new exports alone. */
function withIds(entries: readonly WrittenExport[], { ids, written }: ExportsState): Numbered[] {
  const used = new Set([...ids.values(), ...written.map(({ id }) => id)])
  return entries.map((entry) => {
    const [live, fsid] = [ids.get(entry.path), fsidOf(entry)]
    const own = written.find(({ path }) => path === entry.path)
    const isOurs =
      own?.id !== undefined && (own.id === live || (live === undefined && ![...ids.values()].includes(own.id)))
    const first = idFor(entry.path, fsid)
    if (isOurs && fsidOf(own) === fsid) return { ...entry, id: own.id! }
    if (live !== undefined && !isOurs && (fsid === undefined || live === first)) return { ...entry, id: live }
    let id = first
    while (used.has(id)) id = nextTo(id)
    used.add(id)
    return { ...entry, id }
  })
}

/** Above what hands are likely to choose. */
const LOWEST = 1024
const nextTo = (id: number): number => (id === 65_535 ? LOWEST : id + 1)

const idFor = (path: string, fsid: number | undefined): number =>
  LOWEST +
  (createHash('sha256')
    .update(`${path}\0${fsid ?? ''}`)
    .digest()
    .readUInt32BE() %
    (65_536 - LOWEST))

/**
 * Calls and numbers. What is inside of another goes before it and comes behind it: Ganesha ends no export that has another
 * in it, and one that is put over another hides that.
 */
function stepsOf(entries: readonly Numbered[], { ids }: ExportsState, paths: readonly string[]): string[] {
  const wanted = new Map(entries.map(({ path, id }) => [path, id]))
  const moved = paths.filter((path) => ids.get(path) !== wanted.get(path))
  const stays = [...wanted.keys()].filter((path) => !moved.includes(path))
  const inside = stays.filter((path) => ids.has(path) && moved.some((outer) => path.startsWith(`${outer}/`)))
  const [gone, come] = [ids, wanted].map((by) => [...moved, ...inside].filter((path) => by.has(path)).sort())
  const updated = stays.filter((path) => paths.includes(path) && !inside.includes(path))
  return [
    ...gone!.reverse().flatMap((path) => ['RemoveExport', String(ids.get(path))]),
    ...updated.flatMap((path) => ['UpdateExport', String(wanted.get(path))]),
    ...come!.flatMap((path) => ['AddExport', String(wanted.get(path))]),
  ]
}

/** `$1` the lab's file, then pairs of a call and a number. What is wrong goes to stderr; the others are made all the same. */
const APPLY = `${CALL}
file=$1; shift
change() {
  if [ "$1" = RemoveExport ]; then call "$1" q "$2"; else call "$1" ss "$file" "EXPORT(Export_Id=$2)"; fi
}
while [ $# -gt 0 ]; do
  for second in 1 2 3 4 5 6 7 8 9 10; do
    said=$(change "$1" "$2" 2>&1) && failed= || failed=1
    case $said in *'try again later'*) sleep 1 ;; *) break ;; esac
  done
  case $failed$said in 1* | *'Errors found'*) printf '%s\\n' "$said" >&2 ;; esac
  shift 2
done
`
