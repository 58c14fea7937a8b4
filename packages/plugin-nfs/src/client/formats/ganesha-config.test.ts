import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatExportOptions } from './export-options.ts'
import {
  formatGaneshaExports,
  ganeshaFlavours,
  ganeshaOptions,
  ganeshaTakes,
  parseGaneshaExports,
} from './ganesha-config.ts'

const ordinary = formatExportOptions({})

test('a block says all that Ganesha would have defaults for', () => {
  const options = formatExportOptions({
    access: 'rw',
    squash: 'all',
    anonUid: 33,
    anonGid: 34,
    sec: ['krb5', 'sys'],
    fsid: 7,
  })
  const clients = [
    { host: '*', options: formatExportOptions({ fsid: 7 }) },
    { host: '10.0.0.0/255.255.255.0', options },
  ]
  expect(formatGaneshaExports([{ id: 1024, path: '/srv/a "b"', clients, comment: 'media' }])).toBe(`# media
EXPORT {
  Export_Id = 1024;
  Path = "/srv/a \\"b\\"";
  Pseudo = "/srv/a \\"b\\"";
  Filesystem_Id = 7.0;
  Access_Type = None;
  FSAL { Name = VFS; }
  CLIENT {
    Clients = 10.0.0.0/24;
    Access_Type = RW;
    Squash = all_squash;
    Anonymous_Uid = 33;
    Anonymous_Gid = 34;
    SecType = krb5, sys;
    PrivilegedPort = true;
  }
  CLIENT {
    Clients = *;
    Access_Type = RO;
    Squash = root_squash;
    Anonymous_Uid = 65534;
    Anonymous_Gid = 65534;
    SecType = sys;
    PrivilegedPort = true;
  }
}
`)
})

test('Ganesha takes the first client that fits, so the narrow ones stand before the wide ones', () => {
  const hosts = ['*', '@family', '*.lan', '10.0.0.0/8', 'fd00::/64', '10.0.0.0/24', 'nas.lan', '10.0.0.5']
  const clients = hosts.map((host) => ({ host, options: ordinary }))
  const text = formatGaneshaExports([{ id: 1024, path: '/srv', clients, comment: '' }])
  const written = [...text.matchAll(/Clients = (.*);/g)].map(([, host]) => host)
  expect(written).toEqual(['10.0.0.5', 'nas.lan', 'fd00::/64', '10.0.0.0/24', '10.0.0.0/8', '*.lan', '@family', '*'])
})

const id = fc.integer({ min: 0, max: 4_294_967_295 })
const client = (fsid: number | undefined) =>
  fc.record({
    host: fc.constantFrom('10.0.0.5', 'fd00::/64', '@family', '*.lan', '*', 'nas.lan'),
    options: fc
      .record({
        access: fc.constantFrom('ro' as const, 'rw' as const),
        squash: fc.constantFrom('root' as const, 'all' as const, 'none' as const),
        ...{ anonUid: id, anonGid: id, insecure: fc.boolean(), fsid: fc.constant(fsid) },
        sec: fc.subarray([...ganeshaFlavours], { minLength: 1 }),
      })
      .map(formatExportOptions),
  })
const block = fc.option(fc.integer({ min: 1, max: 4_294_967_295 }), { nil: undefined }).chain((fsid) =>
  fc.record({
    id: fc.integer({ min: 1, max: 65_535 }),
    path: fc
      .string({ unit: fc.constantFrom('a', '/', ' ', '"', "'", '#', '{', ';', '%', 'ü'), minLength: 1 })
      .map((rest) => `/${rest}`),
    clients: fc.uniqueArray(client(fsid), { minLength: 1, selector: ({ host }) => host }),
    comment: fc.constantFrom('media', 'home/media'),
  }),
)

test('what is written is read back, and written again it is the same', () => {
  fc.assert(
    fc.property(fc.uniqueArray(block, { selector: ({ path }) => path }), (blocks) => {
      const text = formatGaneshaExports(blocks)
      const read = parseGaneshaExports(text)
      expect(read.length).toBe(blocks.length)
      for (const each of blocks) {
        const found = read.find(({ path }) => path === each.path)!
        expect({ ...found, clients: new Set(found.clients) }).toEqual({ ...each, clients: new Set(each.clients) })
      }
      expect(formatGaneshaExports(read)).toBe(text)
    }),
  )
})

test('of any text it reads what it can', () => {
  const piece = fc.constantFrom(
    'EXPORT',
    '{',
    '}',
    '=',
    ';',
    ',',
    '"',
    "'",
    '#',
    '\n',
    ' ',
    'Path',
    'Export_Id',
    '7',
    'CLIENT',
    'Clients',
    'Anonymous_Uid',
    'Filesystem_Id',
    '-1',
    'SecType',
  )
  const text = fc.oneof(
    fc.string(),
    fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(' ')),
  )
  fc.assert(
    fc.property(text, (any) => {
      const once = formatGaneshaExports(parseGaneshaExports(any))
      expect(formatGaneshaExports(parseGaneshaExports(once))).toBe(once)
    }),
    { numRuns: 2000 },
  )
})

test('what hands write is read, whatever the case and the notation', () => {
  const text = `%include "/x"
  Export { EXPORT_ID=5; path = /srv/a; FSAL { name = VFS; } # more
    Client { clients = 10.0.0.5, @family; Access_type = rw; squash = No_Root_Squash; sectype = sys; } }
  export { path = '/srv/lost'; }
  LOG { Path = "/srv/log"; Export_Id = 9; }`
  const options = formatExportOptions({
    access: 'rw',
    squash: 'none',
    anonUid: 4_294_967_294,
    anonGid: 4_294_967_294,
    insecure: true,
  })
  expect(parseGaneshaExports(text)).toEqual([
    {
      id: 5,
      path: '/srv/a',
      clients: [
        { host: '10.0.0.5', options },
        { host: '@family', options },
      ],
      comment: '',
    },
  ])
})

// What DisplayExport of Ganesha 4.3 (Debian 12) answered for such a client.
test.each<[string, number, number, object | undefined]>([
  [
    'RW, all_squash, privileged, krb5p and sys',
    53_552_100,
    127_999,
    { access: 'rw', squash: 'all', sec: ['krb5p', 'sys'] },
  ],
  ['RO, root_squash, privileged, sys', 53_486_242, 127_999, {}],
  ['RO and nothing else', 53_489_826, 480, { insecure: true, sec: ['sys', 'none'] }],
  ['None', 53_486_082, 127_999, undefined],
  ['RO, without a flavour', 53_478_050, 127_999, undefined],
])('%s', (_, options, set, expected) => {
  const found = ganeshaOptions({ options, set, anonUid: 65_534, anonGid: 65_534 })
  expect(found).toEqual(expected && formatExportOptions(expected))
})

test.each([
  '10.0.0.5',
  'fd00::5',
  '10.0.0.7/24',
  '10.0.0.0/255.255.0.0',
  'fd00::/64',
  'nas.lan',
  '*.lan',
  'nas[12]',
  '@family',
  '*',
])('Ganesha takes %s', (host) => {
  expect(ganeshaTakes(host)).toBe(true)
})
test.each([
  '10.0.0.1/255.0.255.255',
  '0.0.0.0/0',
  '::/0',
  'fe80::1%eth0',
  'gss/krb5',
  '@a;b',
  'a;b',
  '*;}',
  '10.0.0.0/33',
  'a b',
])('Ganesha has no way to name %s', (host) => {
  expect(ganeshaTakes(host)).toBe(false)
})
