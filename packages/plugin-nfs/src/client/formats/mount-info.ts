import { decodeOctal } from './octal.ts'

/** One mount that a process sees. */
export interface MountInfo {
  id: number
  /** Of the mount that it is mounted on; of itself or of one that is not listed for the root. */
  parent: number
  /** `major:minor`. */
  device: string
  /** Which part of the file system is seen there; not `/` for bind mounts. */
  root: string
  target: string
  /** Of this mount: `rw`, `noatime`. */
  options: readonly string[]
  /** How mounts below it spread: `shared:1`, `master:2`. */
  propagation: readonly string[]
  type: string
  source: string
  /** Of the file system, wherever it is mounted. */
  superOptions: readonly string[]
}

/**
 * Reads /proc/self/mountinfo (proc(5)), in its order: the last mount at a target was made last. Throws a RangeError with the
 * line for text that no kernel writes.
 */
export function parseMountInfo(text: string): MountInfo[] {
  return text.split('\n').flatMap((line) => (line === '' ? [] : [parseLine(line)]))
}

function parseLine(line: string): MountInfo {
  const fields = line.split(' ')
  const dash = fields.indexOf('-', 6)
  const [id = '', parent = '', device = '', root = '', target = '', options = ''] = fields
  const [type, source, superOptions] = dash < 0 ? [] : fields.slice(dash + 1)
  if (!/^\d+$/.test(id) || !/^\d+$/.test(parent) || type === undefined || source === undefined) {
    throw new RangeError(`not a line of mountinfo: ${line}`)
  }
  return {
    id: Number(id),
    parent: Number(parent),
    device,
    root: decodeOctal(root),
    target: decodeOctal(target),
    options: splitOptions(options),
    propagation: fields.slice(6, dash),
    type: decodeOctal(type),
    source: decodeOctal(source),
    superOptions: splitOptions(superOptions ?? ''),
  }
}

const splitOptions = (text: string): string[] => (text === '' ? [] : text.split(',').map(decodeOctal))

/**
 * The mount that a path is served by: from the root down, what is mounted later covers what is below it. Undefined when the
 * list has no root.
 */
export function mountOf(mounts: readonly MountInfo[], path: string): MountInfo | undefined {
  const ids = new Set(mounts.map(({ id }) => id))
  let mount = mounts.find(({ id, parent, target }) => target === '/' && (id === parent || !ids.has(parent)))
  for (let below = mount; below; ) {
    mount = below
    const { id: parent } = below
    const children = mounts.filter(
      (child) => child.parent === parent && child.id !== parent && holds(child.target, path),
    )
    below = children.sort((a, b) => a.target.length - b.target.length)[0]
  }
  return mount
}

/** The mount that is seen at a target; undefined when none is, or another mount covers it. */
export function mountAt(mounts: readonly MountInfo[], target: string): MountInfo | undefined {
  const mount = mountOf(mounts, target)
  return mount?.target === target ? mount : undefined
}

const holds = (target: string, path: string): boolean =>
  target === '/' || path === target || path.startsWith(`${target}/`)

/** What the kernel agreed on with an NFS server. Absent is what it did not say. */
export interface NfsMount {
  /** Of the server, and the path there. */
  server: string
  path: string
  /** `3`, `4.0`, `4.1` or `4.2`. */
  version?: string
  /** The IP address of the server. */
  address?: string
  clientAddress?: string
  /** `tcp`, `tcp6`, `udp` or `rdma`. */
  protocol?: string
  port?: number
  security?: string
  /** Whether it waits for a silent server for ever; `soft` and `softerr` give up. */
  hard: boolean
  readOnly: boolean
  /** Bytes. */
  readSize?: number
  writeSize?: number
  /** Tenths of a second. */
  timeout?: number
  retransmissions?: number
}

/** What is known of an NFS mount; undefined for mounts of other types. Options are those of nfs(5), as the kernel shows them. */
export function nfsMount({ type, source, options, superOptions }: MountInfo): NfsMount | undefined {
  if (type !== 'nfs' && type !== 'nfs4') return undefined
  const values = new Map(superOptions.map((word) => [word.split('=')[0], word.slice(word.indexOf('=') + 1)]))
  const text = (name: keyof NfsMount, word: string) => (values.has(word) ? { [name]: values.get(word) } : {})
  const count = (name: keyof NfsMount, word: string) => (values.has(word) ? { [name]: Number(values.get(word)) } : {})
  return {
    ...parseNfsSource(source),
    ...text('version', 'vers'),
    ...text('address', 'addr'),
    ...text('clientAddress', 'clientaddr'),
    ...text('protocol', 'proto'),
    ...count('port', 'port'),
    ...text('security', 'sec'),
    hard: !values.has('soft') && !values.has('softerr'),
    readOnly: options.includes('ro') || superOptions.includes('ro'),
    ...count('readSize', 'rsize'),
    ...count('writeSize', 'wsize'),
    ...count('timeout', 'timeo'),
    ...count('retransmissions', 'retrans'),
  }
}

/** `server:/path` taken apart; an IPv6 address stands in brackets (`[fe80::1]:/path`), and is given without. */
export function parseNfsSource(source: string): { server: string; path: string } {
  const [, bracketed, plain = '', path = ''] = /^(?:\[([^\]]*)\]|([^:]*)):?(.*)$/s.exec(source) ?? []
  return { server: bracketed ?? plain, path }
}
