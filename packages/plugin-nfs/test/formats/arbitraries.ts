import fc from 'fast-check'
import {
  type ExportOptions,
  formatExportOptions,
  parseExportOptions,
  type SecurityFlavour,
} from '../../src/client/formats/export-options.ts'
import type { ExportEntry } from '../../src/client/formats/exports-file.ts'
import type { FstabEntry } from '../../src/client/formats/fstab.ts'

const pieces = [
  ...['/srv/a', '/srv/d#e', '"/srv/b c"', '/srv/b\\040c', '/srv/\\303\\274', '/srv/ü', '/srv/h\\134i'],
  ...[
    '10.0.0.1(rw)',
    '10.0.0.2',
    '10.0.0.0/24(ro)',
    '10.0.0.0/255.255.255.0',
    'fe80::1(rw)',
    'fd00::/64',
    '10.0.0.0/40(rw)',
  ],
  ...[
    '*(ro)',
    '*',
    '@lan(rw)',
    '*.lan(rw,sync)',
    'h[12]',
    'gss/krb5(ro)',
    '(rw)',
    '(',
    ')',
    '()',
    '-ro',
    '-sec=krb5,rw',
  ],
  ...['rw', ',', 'no_root_squash', 'sec=krb5:sys', 'anonuid=1000', 'fsid=0', '-', 'a'],
  ...[' ', '\t', '\n', '\\\n', '\r\n', '\r', '\f', '#', '# c\n', '# c \\\n', '"', '""', '\\', '\\101'],
]
const separators = [' ', ' ', ' ', ' ', '\n', '\n', ' \\\n  ', '\t', '', '']

/** Text made of what an exports file is made of, right and wrong. */
export const exportsText: fc.Arbitrary<string> = fc.oneof(
  fc
    .array(fc.tuple(fc.constantFrom(...pieces), fc.constantFrom(...separators)), { maxLength: 14 })
    .map((parts) => parts.flat().join('')),
  fc
    .array(
      fc.tuple(
        fc.constantFrom(...pieces.slice(0, 7)),
        fc.array(fc.constantFrom(...pieces.slice(7, 26)), { maxLength: 4 }),
        fc.constantFrom('\n', ' # c\n', '\n\n# c\n', ' \\\n\n', '\r\n'),
      ),
      { maxLength: 5 },
    )
    .map((lines) => lines.map(([path, clients, end]) => `${[path, ...clients].join(' ')}${end}`).join('')),
)

const id = fc.oneof(fc.constantFrom(0, 33, 65_534, 4_294_967_294), fc.integer({ min: 0, max: 4_294_967_295 }))
const perFlavour = {
  access: fc.constantFrom('ro' as const, 'rw' as const),
  squash: fc.constantFrom('none' as const, 'root' as const, 'all' as const),
}
const flavours: SecurityFlavour[] = ['sys', 'krb5', 'krb5i', 'krb5p', 'none']

/** Every option, alone and with others, as `parseExportOptions` gives them. */
export const exportOptions: fc.Arbitrary<ExportOptions> = fc
  .record({
    ...perFlavour,
    insecure: fc.boolean(),
    sync: fc.boolean(),
    wdelay: fc.boolean(),
    hide: fc.boolean(),
    crossmnt: fc.boolean(),
    subtreeCheck: fc.boolean(),
    secureLocks: fc.boolean(),
    acl: fc.boolean(),
    readdirplus: fc.boolean(),
    securityLabel: fc.boolean(),
    pnfs: fc.boolean(),
    anonUid: id,
    anonGid: id,
    sec: fc.shuffledSubarray(flavours, { minLength: 1, maxLength: 2 }),
    others: fc.array(fc.record(perFlavour), { maxLength: 5 }),
    fsid: fc.option(fc.oneof(id, fc.constant('root'), fc.uuid()), { nil: undefined }),
    mountpoint: fc.constantFrom(undefined, true as const, '/srv'),
    rest: fc.subarray(['refer=/x@10.0.0.9+h:/y@h']),
  })
  .map(({ others, ...options }) => {
    const exceptions = Object.fromEntries(
      options.sec
        .slice(1)
        .flatMap((flavour, index) =>
          others[index] ? [[flavour, { ...others[index], insecure: options.insecure }]] : [],
        ),
    )
    return parseExportOptions(formatExportOptions({ ...options, exceptions }))
  })

/** Paths with everything that a path may have, but what exports(5) has no words for. */
export const exportPaths: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      fc.constantFrom(' ', '"', '#', '\\', '\n', '\t', 'ü', '0', '/', '('),
      fc.string({ unit: 'grapheme', maxLength: 3 }),
    ),
    { minLength: 1, maxLength: 8 },
  )
  .map((parts) => `/${parts.join('').replaceAll('\0', '')}`)
  .filter((path) => path.isWellFormed() && !/\\[0-3][0-7]{2}/.test(path))

export const exportEntries: fc.Arbitrary<ExportEntry> = fc.record({
  path: exportPaths,
  clients: fc
    .uniqueArray(
      fc.constantFrom(
        '10.0.0.1',
        '10.0.0.0/24',
        '10.0.0.0/255.255.0.0',
        'fd00::/64',
        'fe80::1',
        '*',
        '*.lan',
        '@lan',
        'h[12]',
        'nas.lan',
      ),
      { minLength: 1, maxLength: 5 },
    )
    .chain((hosts) =>
      fc.tuple(
        ...hosts.map((host) => exportOptions.map((options) => ({ host, options: formatExportOptions(options) }))),
      ),
    ),
})

const fstabField: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      fc.constantFrom(' ', '\t', '\\', '#', '\n', '\r', '\\040', 'ü', '/'),
      fc.string({ unit: 'grapheme', maxLength: 4 }),
    ),
    { minLength: 1, maxLength: 5 },
  )
  .map((parts) => parts.join('').replaceAll('\0', ''))
  .filter((text) => text !== '' && text.isWellFormed())
/** Mounts with every character that a field may have. */
export const fstabEntry: fc.Arbitrary<FstabEntry> = fc.record({
  source: fstabField,
  target: fstabField.map((path) => `/${path.replace(/\/+$/, '')}x`),
  type: fc.constantFrom('nfs', 'nfs4', 'ext4', 'udf,iso9660'),
  options: fc.array(fc.constantFrom('ro', '_netdev', 'x-systemd.automount', 'context="a,b"', 'x=a b', 'x=\\'), {
    minLength: 1,
    maxLength: 4,
  }),
  dump: fc.nat({ max: 1 }),
  pass: fc.nat({ max: 2 }),
})
export const fstabPieces: fc.Arbitrary<string> = fc.constantFrom(
  'UUID=1',
  '/',
  '/mnt/a\\040b',
  'none',
  'nfs',
  'ext4',
  'defaults',
  'ro,context="a,b"',
  '0',
  '2',
  '#',
  '# c',
  ' ',
  ' ',
  '   ',
  '\t',
  '\n',
  '\n',
  '\r\n',
  '\\',
)
const fstabWords = [
  'UUID=1',
  'nas:/a\\040b',
  '/',
  '/mnt/ü',
  'none',
  'nfs4',
  'defaults',
  'ro,,x',
  'context="a,b"',
  '0',
  '2',
  '07',
  '#',
  'x',
]
const fstabLine = fc
  .tuple(
    fc.array(fc.constantFrom(...fstabWords), { minLength: 2, maxLength: 5 }),
    fc.array(fc.constantFrom('0', '0', '1', '#', 'x'), { maxLength: 3 }),
    fc.constantFrom(' ', '   ', '\t', ' \t'),
    fc.constantFrom('\n', '\n', ' # c\n', '\r\n', '\n\n  # c\n'),
  )
  .map(([words, numbers, blanks, end]) => `${[...words, ...numbers].join(blanks)}${end}`)

/** Text made of what fstab is made of, right and wrong, and any other. */
export const fstabText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.array(fstabPieces, { maxLength: 40 }).map((parts) => parts.join('')),
  fc.array(fstabLine, { maxLength: 6 }).map((lines) => lines.join('')),
)
