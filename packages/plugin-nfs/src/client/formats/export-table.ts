import { type ExportOptions, type FlavourOptions, optionFlags } from './export-options.ts'
import { clientLimit } from './exports-reader.ts'

/**
 * Why nfs-utils can't read back what it writes of a client into /var/lib/nfs/etab, where mountd looks: all options are
 * spelled out there, names and mount points are not escaped, and it is read like any other file.
 */
export function tableDanger(host: string, options: ExportOptions): string | undefined {
  const { mountpoint = true } = options
  if (/[\s"\\]/.test(mountpoint === true ? host : host + mountpoint))
    return 'nfs-utils writes it into its table as it is, and reads something else from there'
  const token = `${host || '*'}(${spelledOut(options).join(',')})`
  if (Buffer.byteLength(token) < clientLimit) return undefined
  return 'nfs-utils writes all options into its table, and fails to read lines as long as this one from there'
}

/** As `putexportent` of nfs-utils does, or longer. */
function spelledOut(options: ExportOptions): string[] {
  const { fsid, mountpoint, sec, exceptions = {} } = options
  const groups = options.exceptions ? sec.map((flavour) => [flavour]) : [sec]
  return [
    ...optionFlags(options),
    ...accessWords(options),
    'nordirplus',
    'security_label',
    ...(fsid === undefined ? [] : [`fsid=${fsid}`]),
    ...(mountpoint === undefined ? [] : [`mountpoint=${mountpoint === true ? '' : mountpoint}`]),
    ...options.rest,
    `anonuid=${options.anonUid}`,
    `anongid=${options.anonGid}`,
    ...groups.flatMap((group) => [`sec=${group.join(':')}`, ...accessWords(exceptions[group[0] ?? 'sys'] ?? options)]),
  ]
}

const accessWords = ({ access, insecure }: FlavourOptions): string[] => [
  access,
  insecure ? 'insecure' : 'secure',
  'no_root_squash',
  'no_all_squash',
]
