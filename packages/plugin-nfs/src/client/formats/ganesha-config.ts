import { canonicalClient, clientKind, clientKinds, clientProblem } from './export-client.ts'
import { formatExportOptions, parseExportOptions, type SecurityFlavour } from './export-options.ts'

/** An EXPORT block of NFS-Ganesha. */
export interface GaneshaExport {
  /** `Export_Id`. It is part of the handles of files, so that another one makes those stale that clients have open. */
  id: number
  /** In the file system, and as NFS clients name it. */
  path: string
  /** With words of exports(5). */
  clients: readonly { host: string; options: readonly string[] }[]
  /** The comment right before the block. */
  comment: string
}

/** From the strongest, which Ganesha prefers whatever the order that they are written in. */
export const ganeshaFlavours: readonly SecurityFlavour[] = ['krb5p', 'krb5i', 'krb5', 'sys', 'none']
const squashes = { root: 'root_squash', all: 'all_squash', none: 'no_root_squash' } as const
const squashNames = ['root', 'all', 'none'] as const

/** Whether Ganesha's configuration has a way to name a client of exports(5). */
export function ganeshaTakes(host: string): boolean {
  const kind = clientKind(host)
  if (kind === 'netgroup') return /^@[\w.-]+$/.test(host)
  if (kind === 'wildcard') return /^[\w.*?[\]-]+$/.test(host)
  if (kind === 'gss' || clientProblem(host) !== undefined || host.includes('%')) return false
  const [, mask] = canonicalClient(host).split('/')
  return mask === undefined || /^[1-9]\d*$/.test(mask)
}

/**
 * The blocks as a file, each behind its comment and outer directories before inner ones, which Ganesha would hide
 * otherwise. All that is allowed is said of the clients, and nothing is left to the defaults of the server.
 */
export const formatGaneshaExports = (exports: readonly GaneshaExport[]): string =>
  [...exports]
    .sort((a, b) => (a.path < b.path ? -1 : 1))
    .map(blockOf)
    .join('')

const blockOf = ({ id, path, clients, comment }: GaneshaExport): string => {
  const { fsid } = parseExportOptions(clients[0]?.options ?? [])
  const name = `"${path.replaceAll('"', '\\"')}"`
  return `# ${comment}
EXPORT {
  Export_Id = ${id};
  Path = ${name};
  Pseudo = ${name};
${typeof fsid === 'number' ? `  Filesystem_Id = ${fsid}.0;\n` : ''}  Access_Type = None;
  FSAL { Name = VFS; }
${inOrder(clients).map(clientBlock).join('')}}
`
}

/** Ganesha takes the first that fits, the kernel the narrowest kind. */
const inOrder = (clients: GaneshaExport['clients']) =>
  [...clients].sort((a, b) => rank(a.host) - rank(b.host) || (a.host < b.host ? -1 : 1))

const rank = (host: string): number =>
  clientKinds.indexOf(clientKind(host)) * 1000 - Number(canonicalClient(host).split('/')[1] ?? 0)

const clientBlock = ({ host, options }: GaneshaExport['clients'][number]): string => {
  const { access, squash, anonUid, anonGid, sec, insecure } = parseExportOptions(options)
  return `  CLIENT {
    Clients = ${canonicalClient(host)};
    Access_Type = ${access.toUpperCase()};
    Squash = ${squashes[squash]};
    Anonymous_Uid = ${anonUid};
    Anonymous_Gid = ${anonGid};
    SecType = ${sec.join(', ')};
    PrivilegedPort = ${!insecure};
  }
`
}

/**
 * The EXPORT blocks of a file, what they say of clients as `formatGaneshaExports` writes it. Takes more than Ganesha does,
 * and never throws: whether a file is as it was written is seen by writing it again.
 */
export function parseGaneshaExports(text: string): GaneshaExport[] {
  return parseBlocks(text).flatMap(({ name, values, blocks, comment }): GaneshaExport[] => {
    const [id, path] = [Number(values.get('export_id')?.[0]), values.get('path')?.[0]]
    if (name !== 'export' || !Number.isInteger(id) || path === undefined) return []
    const fsid = Number.parseInt(values.get('filesystem_id')?.[0] ?? '', 10)
    const clients = blocks.flatMap((block) =>
      block.name === 'client'
        ? (block.values.get('clients') ?? []).map((host) => clientOf(host, block.values, fsid))
        : [],
    )
    return [{ id, path, clients, comment }]
  })
}

function clientOf(host: string, values: Values, fsid: number): GaneshaExport['clients'][number] {
  const first = (key: string) => values.get(key)?.[0]?.toLowerCase()
  const id = (key: string) => Number.parseInt(first(key) ?? '-2', 10) >>> 0
  const sec = ganeshaFlavours.filter((flavour) => values.get('sectype')?.includes(flavour))
  const options = formatExportOptions({
    access: first('access_type') === 'rw' ? 'rw' : 'ro',
    squash: squashNames.find((name) => squashes[name] === first('squash')) ?? 'root',
    ...{ anonUid: id('anonymous_uid'), anonGid: id('anonymous_gid') },
    sec: sec.length > 0 ? sec : ['sys', 'none'],
    insecure: first('privilegedport') !== 'true',
    ...(fsid >= 0 && fsid < 2 ** 32 ? { fsid } : {}),
  })
  return { host, options }
}

type Values = ReadonlyMap<string, readonly string[]>

/** Names are in lower case, as Ganesha does not tell them apart. */
interface Block {
  name: string
  values: Map<string, string[]>
  blocks: Block[]
  comment: string
}

const TOKEN = /#([^\n]*)|"((?:[^"\\]|\\.)*)"|'([^']*)'|([{}=;,])|[^\s#"'{}=;,]+/g

function parseBlocks(text: string): Block[] {
  const top: Block = { name: '', values: new Map(), blocks: [], comment: '' }
  const open = [top]
  let comment = ''
  let words: string[] = []
  let key: string | undefined
  for (const [word, remark, quoted, literal, sign] of text.matchAll(TOKEN)) {
    const block = open.at(-1)!
    if (remark !== undefined) comment = remark.trim()
    else if (sign === undefined) words.push(quoted?.replace(/\\(.)/g, '$1') ?? literal ?? word)
    else if (sign === '=') key = words.pop()?.toLowerCase()
    else if (sign === '{') {
      const inner: Block = { name: words.pop()?.toLowerCase() ?? '', values: new Map(), blocks: [], comment }
      block.blocks.push(inner)
      open.push(inner)
    } else if (sign !== ',') {
      if (key !== undefined) block.values.set(key, words)
      key = undefined
      if (sign === '}' && open.length > 1) open.pop()
    }
    if (sign !== undefined && sign !== ',') {
      words = []
      if (sign === '}') comment = ''
    }
  }
  return top.blocks
}

/** As D-Bus tells it of one client: the bits of its options, those of them that its block says, and the anonymous ids. */
export interface GaneshaPermissions {
  options: number
  set: number
  anonUid: number
  anonGid: number
}

/** EXPORT_OPTION_ of include/nfs_exports.h in Ganesha 4. */
const bits = {
  ...{ rootSquash: 0x2, allSquash: 0x4, squash: 0x7 },
  ...{ read: 0x20, write: 0x40, access: 0x1e0, privilegedPort: 0x200 },
  flavours: { none: 0x1000, sys: 0x2000, krb5: 0x4000, krb5i: 0x8000, krb5p: 0x1_0000 },
  sec: 0x1_f000,
}
/** Where neither client nor export says anything, but for `access`, which is nothing then. */
const unsaid = bits.read | bits.rootSquash | bits.flavours.none | bits.flavours.sys

/**
 * The words of exports(5) for what Ganesha answers with; undefined for a client that is kept out. What its block leaves
 * unsaid is taken for the server's defaults, and it for one that reads: D-Bus does not tell what the export says.
 */
export function ganeshaOptions(
  { options, set, anonUid, anonGid }: GaneshaPermissions,
  fsid?: number,
): string[] | undefined {
  const [access, squash, sec] = [bits.access, bits.squash, bits.sec].map((mask) => (set & mask ? options : unsaid))
  const flavours = ganeshaFlavours.filter((flavour) => sec! & bits.flavours[flavour])
  if (!(access! & bits.read) || flavours.length === 0) return undefined
  return formatExportOptions({
    access: access! & bits.write ? 'rw' : 'ro',
    squash: squash! & bits.allSquash ? 'all' : squash! & bits.rootSquash ? 'root' : 'none',
    ...{ anonUid, anonGid, fsid, sec: flavours },
    insecure: !(options & bits.privilegedPort),
  })
}
