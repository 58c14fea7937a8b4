import { isDeepStrictEqual } from 'node:util'

/** How a request proves who sends it, in nfs-utils' words; `unix` is read as `sys`, `null` as `none`. */
export type SecurityFlavour = 'sys' | 'krb5' | 'krb5i' | 'krb5p' | 'none'

/** What may differ between the security flavours of one export. */
export interface FlavourOptions {
  access: 'ro' | 'rw'
  /** Whose ids become the anonymous ones: nobody's, root's or everybody's. */
  squash: 'none' | 'root' | 'all'
  /** Whether requests may come from a port above 1023. */
  insecure: boolean
}

/**
 * What the server does for one client of an export: every option with its value, defaults included.
 * Two of them mean the same when `sameExportOptions` says so. The words are those of exports(5).
 */
export interface ExportOptions extends FlavourOptions {
  /** False: the server answers before the data is on disk (`async`). */
  sync: boolean
  wdelay: boolean
  hide: boolean
  crossmnt: boolean
  subtreeCheck: boolean
  secureLocks: boolean
  acl: boolean
  readdirplus: boolean
  securityLabel: boolean
  pnfs: boolean
  /** Unsigned 32 bits: `anonuid=-2` is 4294967294. */
  anonUid: number
  anonGid: number
  /** Accepted flavours, the preferred one first. Access, squash and port above are those of the first. */
  sec: readonly SecurityFlavour[]
  /** What holds for flavours that differ from the first (`sec=krb5,rw,sec=sys,ro`). */
  exceptions?: Readonly<Partial<Record<SecurityFlavour, FlavourOptions>>>
  /** A number of 32 bits, a UUID (lower case, with dashes), or the root of NFSv4, which is also written `fsid=0`. */
  fsid?: number | string
  /** Exported only while this path, or with `true` the exported one, is a mount point. */
  mountpoint?: true | string
  /** Options that are kept as they are written, sorted: `refer=`, `replicas=`, and those of newer nfs-utils. */
  rest: readonly string[]
}

/** Some of the options; the others are the defaults. */
export type AskedExportOptions = { [Name in keyof ExportOptions]?: ExportOptions[Name] | undefined }

/** What the server does when an export names no options. */
export const defaultExportOptions: ExportOptions = {
  access: 'ro',
  squash: 'root',
  insecure: false,
  sync: true,
  wdelay: true,
  hide: true,
  crossmnt: false,
  subtreeCheck: false,
  secureLocks: true,
  acl: true,
  readdirplus: true,
  securityLabel: false,
  pnfs: false,
  anonUid: 65534,
  anonGid: 65534,
  sec: ['sys'],
  rest: [],
}

const plainFlags = {
  insecure: ['insecure', 'secure'],
  sync: ['sync', 'async'],
  wdelay: ['wdelay', 'no_wdelay'],
  hide: ['hide', 'nohide'],
  crossmnt: ['crossmnt', 'nocrossmnt'],
  subtreeCheck: ['subtree_check', 'no_subtree_check'],
  secureLocks: ['secure_locks', 'insecure_locks'],
  acl: ['acl', 'no_acl'],
  pnfs: ['pnfs', 'no_pnfs'],
} as const
const flagNames = {
  ...plainFlags,
  writable: ['rw', 'ro'],
  rootSquash: ['root_squash', 'no_root_squash'],
  allSquash: ['all_squash', 'no_all_squash'],
} as const
type Flag = keyof typeof flagNames | 'readdirplus' | 'securityLabel'
type Flags = Record<Flag, boolean>

const wordsOfFlags: ReadonlyMap<string, readonly [Flag, boolean]> = new Map<string, readonly [Flag, boolean]>([
  ...Object.entries(flagNames).flatMap(([flag, [on, off]]) => [
    [on, [flag as Flag, true]] as const,
    [off, [flag as Flag, false]] as const,
  ]),
  ['auth_nlm', ['secureLocks', true]],
  ['no_auth_nlm', ['secureLocks', false]],
  ['nordirplus', ['readdirplus', false]],
  ['security_label', ['securityLabel', true]],
])

interface Reading {
  flags: Flags
  flavours: { flavour: SecurityFlavour; flags: Flags }[]
  active: SecurityFlavour[]
  anonUid: number
  anonGid: number
  fsid: number
  numbered: boolean
  uuid?: string
  mountpoint?: true | string
  rest: Map<string, string>
}

/**
 * Reads the options of one client as `parseopts` of nfs-utils 2.6 (support/nfs/exports.c) does: the lists of defaults
 * on the line first (`-rw,sync`), then the client's own words. What a default said for a flavour (`-sec=krb5,rw`) a
 * later `ro` without its own `sec=` does not change. Accepts `xprtsec=` and `reexport=`, which came with later releases.
 * Throws a RangeError for what exportfs refuses.
 */
export function parseExportOptions(
  words: readonly string[],
  ...defaults: readonly (readonly string[])[]
): ExportOptions {
  const reading: Reading = {
    flags: { ...defaultExportOptions, writable: false, rootSquash: true, allSquash: false },
    flavours: [],
    active: [],
    anonUid: defaultExportOptions.anonUid,
    anonGid: defaultExportOptions.anonGid,
    fsid: 0,
    numbered: false,
    rest: new Map(),
  }
  for (const list of [...defaults, words]) {
    reading.active = []
    for (const word of list) readWord(word, reading)
  }
  return optionsOf(reading)
}

function readWord(word: string, reading: Reading): void {
  const flag = wordsOfFlags.get(word)
  if (flag) {
    const [name, value] = flag
    for (const flags of [reading.flags, ...activeFlags(reading)]) flags[name] = value
    return
  }
  const [, key = word, value] = /^([^=]*)=(.*)$/s.exec(word) ?? []
  if (key === 'mountpoint' || key === 'mp') reading.mountpoint = value || true
  else if (value === undefined) throw new RangeError(`unknown option "${word}"`)
  else if (key === 'anonuid') reading.anonUid = parseId(word, value)
  else if (key === 'anongid') reading.anonGid = parseId(word, value)
  else if (key === 'fsid') readFsid(word, value, reading)
  else if (key === 'sec') readFlavours(value, reading)
  else if (key === 'refer' || key === 'replicas') reading.rest.set('locations', word)
  else if (key === 'xprtsec' || key === 'reexport') reading.rest.set(key, word)
  else if (/^squash_[ug]ids$/.test(key) && /^\d+(-\d+)?$/.test(value)) reading.rest.set(word, word)
  else throw new RangeError(`unknown option "${word}"`)
}

const activeFlags = ({ flavours, active }: Reading): Flags[] =>
  flavours.filter(({ flavour }) => active.includes(flavour)).map(({ flags }) => flags)

function parseId(word: string, value: string): number {
  const { number, rest } = leadingNumber(value, /^\s*([+-]?)(\d+)/, 10)
  if (rest !== '' || value === '') throw new RangeError(`bad number in "${word}"`)
  const limit = 2n ** 63n
  return Number(BigInt.asUintN(32, number < -limit ? -limit : number >= limit ? limit - 1n : number))
}

function readFsid(word: string, value: string, reading: Reading): void {
  if (value === 'root') {
    reading.fsid = 0
    reading.numbered = true
    return
  }
  const { number, rest } = leadingNumber(value, /^\s*([+-]?)(0[xX][\da-fA-F]+|0[0-7]*|[1-9]\d*)/, 0)
  const highest = 2n ** 64n - 1n
  reading.fsid = Number(BigInt.asUintN(32, number > highest || number < -highest ? highest : number))
  const uuid = spellUuid(value)
  if (value !== '' && rest === '') reading.numbered = true
  else if (/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/.test(uuid)) reading.uuid = uuid
  else throw new RangeError(`bad fsid in "${word}"`)
}

/** What strtol(3) reads, of base 10, or of base 0 in which `010` is 8. */
function leadingNumber(text: string, pattern: RegExp, base: 10 | 0): { number: bigint; rest: string } {
  const [all, sign, digits] = pattern.exec(text) ?? []
  if (all === undefined || digits === undefined) return { number: 0n, rest: text }
  const number = BigInt(base === 0 ? digits.replace(/^0(?=\d)/, '0o') : digits)
  return { number: sign === '-' ? -number : number, rest: text.slice(all.length) }
}

const flavourNames: Readonly<Record<string, SecurityFlavour>> = {
  sys: 'sys',
  unix: 'sys',
  krb5: 'krb5',
  krb5i: 'krb5i',
  krb5p: 'krb5p',
  none: 'none',
  null: 'none',
}

function readFlavours(list: string, reading: Reading): void {
  reading.active = list.split(':').map((name) => {
    const flavour = Object.hasOwn(flavourNames, name) ? flavourNames[name] : undefined
    if (!flavour) throw new RangeError(`unknown security flavour "${name}"`)
    if (!reading.flavours.some((known) => known.flavour === flavour)) {
      reading.flavours.push({ flavour, flags: { ...reading.flags } })
    }
    return flavour
  })
}

function optionsOf(reading: Reading): ExportOptions {
  const { flags, flavours, anonUid, anonGid, fsid, numbered, uuid, mountpoint, rest } = reading
  const accepted = flavours.length > 0 ? flavours : [{ flavour: 'sys' as const, flags }]
  const common = flavourOptions(accepted[0]!.flags)
  const exceptions = accepted
    .map((entry) => [entry.flavour, flavourOptions(entry.flags)] as const)
    .filter(([, options]) => !sameFlavourOptions(options, common))
  const both = numbered && uuid ? [`fsid=${uuid}`] : []
  const { sync, wdelay, hide, crossmnt, subtreeCheck, secureLocks, acl, readdirplus, securityLabel, pnfs } = flags
  const same = { sync, wdelay, hide, crossmnt, subtreeCheck, secureLocks, acl, readdirplus, securityLabel, pnfs }
  return {
    ...common,
    ...same,
    anonUid,
    anonGid,
    sec: accepted.map(({ flavour }) => flavour),
    ...(exceptions.length > 0 ? { exceptions: Object.fromEntries(exceptions) } : {}),
    ...(numbered ? { fsid: fsid === 0 ? 'root' : fsid } : uuid ? { fsid: uuid } : {}),
    ...(mountpoint === undefined ? {} : { mountpoint }),
    rest: [...rest.values(), ...both].sort(),
  }
}

const flavourOptions = ({ writable, rootSquash, allSquash, insecure }: Flags): FlavourOptions => ({
  access: writable ? 'rw' : 'ro',
  squash: allSquash ? 'all' : rootSquash ? 'root' : 'none',
  insecure,
})

const sameFlavourOptions = (a: FlavourOptions, b: FlavourOptions) =>
  a.access === b.access && a.squash === b.squash && a.insecure === b.insecure

/**
 * The words of exports(5) that mean these options, always in the same order. Access, `sync` and the subtree check are
 * always said, since their defaults differed between releases; the others only where they are not the default.
 * Throws a RangeError for what the notation has no way to say, such as a comma in a mount point.
 */
export function formatExportOptions(options: AskedExportOptions): string[] {
  const full = complete(options)
  const flags = optionFlags(
    full,
    (flag) => flag === 'sync' || flag === 'subtreeCheck' || full[flag] !== defaultExportOptions[flag],
  )
  const squash = { none: ['no_root_squash'], root: [], all: ['all_squash'] }[full.squash]
  const { anonUid, anonGid } = defaultExportOptions
  const words = [
    full.access,
    ...flags,
    ...squash,
    ...(full.readdirplus ? [] : ['nordirplus']),
    ...(full.securityLabel ? ['security_label'] : []),
    ...(full.anonUid === anonUid ? [] : [`anonuid=${full.anonUid}`]),
    ...(full.anonGid === anonGid ? [] : [`anongid=${full.anonGid}`]),
    ...full.rest,
    ...(full.fsid === undefined ? [] : [`fsid=${full.fsid}`]),
    ...mountpointWords(full.mountpoint),
    ...securityWords(full),
  ]
  if (!isDeepStrictEqual(parseExportOptions(words.join(',').split(',')), full)) {
    throw new RangeError(`exports(5) has no words for these options; the nearest are ${words.join(',')}`)
  }
  return words
}

/** The words for options that are on or off, all or some. */
export const optionFlags = (options: ExportOptions, wanted = (_flag: keyof typeof plainFlags) => true): string[] =>
  (Object.keys(plainFlags) as (keyof typeof plainFlags)[])
    .filter(wanted)
    .map((flag) => plainFlags[flag][options[flag] ? 0 : 1])

/** nfs-utils copies the path into its own table as it is, and then stumbles over what separates words there. */
function mountpointWords(mountpoint: true | string | undefined): string[] {
  if (mountpoint === undefined) return []
  if (mountpoint === true) return ['mountpoint']
  if (!/^\/[^\s,()"\\]*$/.test(mountpoint))
    throw new RangeError(`exports(5) cannot name the mount point "${mountpoint}"`)
  return [`mountpoint=${mountpoint}`]
}

function securityWords({ sec, exceptions = {} }: ExportOptions): string[] {
  const [first] = sec
  if (first === undefined) throw new RangeError('an export needs a security flavour')
  const squashWords = {
    none: ['no_root_squash', 'no_all_squash'],
    root: ['root_squash', 'no_all_squash'],
    all: ['all_squash'],
  }
  const apart = sec.flatMap((flavour) => {
    const own = exceptions[flavour]
    if (!own) return []
    return [`sec=${flavour}`, own.access, own.insecure ? 'insecure' : 'secure', ...squashWords[own.squash]]
  })
  return sec.length === 1 && first === 'sys' ? [] : [`sec=${sec.join(':')}`, ...apart]
}

/** Whether the server does the same, however the options were written: `exportfs -s` spells out what a file leaves to the defaults. */
export function sameExportOptions(a: AskedExportOptions, b: AskedExportOptions): boolean {
  return isDeepStrictEqual(complete(a), complete(b))
}

function complete(options: AskedExportOptions): ExportOptions {
  const said = Object.entries(options).filter(([, value]) => value !== undefined)
  const { exceptions, fsid, ...full }: ExportOptions = { ...defaultExportOptions, ...Object.fromEntries(said) }
  const apart = Object.entries(exceptions ?? {}).filter(([, own]) => !sameFlavourOptions(own, full))
  return {
    ...full,
    ...(apart.length > 0 ? { exceptions: Object.fromEntries(apart) } : {}),
    ...(fsid === undefined ? {} : { fsid: typeof fsid === 'string' ? spellUuid(fsid) : fsid === 0 ? 'root' : fsid }),
    rest: [...full.rest].sort(),
  }
}

/** A UUID in lower case with dashes; any other text as it is. */
function spellUuid(text: string): string {
  const digits = text.match(/[\da-f]/gi) ?? []
  if (digits.length !== 32) return text
  return digits
    .join('')
    .toLowerCase()
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}
