import fc from 'fast-check'
import { expect, test } from 'vitest'
import { exportOptions } from '../../../test/formats/arbitraries.ts'
import {
  type AskedExportOptions,
  defaultExportOptions,
  formatExportOptions,
  parseExportOptions,
  sameExportOptions,
} from './export-options.ts'

const parse = (text: string) => parseExportOptions(text.split(','))

test('no options are the defaults', () => {
  expect(parseExportOptions([])).toEqual(defaultExportOptions)
  expect(formatExportOptions({})).toEqual(['ro', 'sync', 'no_subtree_check'])
})

test.each<[string, AskedExportOptions]>([
  ['rw', { access: 'rw' }],
  ['rw,async,no_wdelay', { access: 'rw', sync: false, wdelay: false }],
  ['rw,ro', { access: 'ro' }],
  ['no_root_squash', { squash: 'none' }],
  ['all_squash,anonuid=1000,anongid=100', { squash: 'all', anonUid: 1000, anonGid: 100 }],
  ['all_squash,no_root_squash', { squash: 'all' }],
  ['anonuid=-2,anongid=4294967297', { anonUid: 4_294_967_294, anonGid: 1 }],
  ['crossmnt,nohide,insecure', { crossmnt: true, hide: false, insecure: true }],
  ['subtree_check,no_acl,nordirplus', { subtreeCheck: true, acl: false, readdirplus: false }],
  ['security_label,pnfs,no_auth_nlm', { securityLabel: true, pnfs: true, secureLocks: false }],
  ['sec=krb5p:krb5i:unix', { sec: ['krb5p', 'krb5i', 'sys'] }],
  ['rw,sec=null', { access: 'rw', sec: ['none'] }],
  ['fsid=root', { fsid: 'root' }],
  ['fsid=0', { fsid: 'root' }],
  ['fsid=0x10', { fsid: 16 }],
  ['fsid=010', { fsid: 8 }],
  ['fsid=-1', { fsid: 4_294_967_295 }],
  ['fsid=6C8F0B5E000040008000000000000001', { fsid: '6c8f0b5e-0000-4000-8000-000000000001' }],
  ['fsid=12345678901234567890123456789012', { fsid: 4_294_967_295 }],
  [
    'fsid=6c8f0b5e-0000-4000-8000-000000000001,fsid=5',
    { fsid: 5, rest: ['fsid=6c8f0b5e-0000-4000-8000-000000000001'] },
  ],
  [
    'fsid=5,fsid=7c8f0b5e-0000-4000-8000-000000000001',
    { fsid: 7, rest: ['fsid=7c8f0b5e-0000-4000-8000-000000000001'] },
  ],
  ['mp', { mountpoint: true }],
  ['mountpoint=/srv', { mountpoint: '/srv' }],
  ['refer=/a@b,replicas=/c@d', { rest: ['replicas=/c@d'] }],
  ['reexport=auto-fsidnum,xprtsec=mtls', { rest: ['reexport=auto-fsidnum', 'xprtsec=mtls'] }],
  [
    'sec=krb5:krb5i,rw,sec=sys,ro,all_squash',
    {
      access: 'rw',
      sec: ['krb5', 'krb5i', 'sys'],
      exceptions: { sys: { access: 'ro', squash: 'all', insecure: false } },
    },
  ],
])('%s', (text, expected) => {
  expect(parse(text)).toEqual({ ...defaultExportOptions, ...expected })
  expect(sameExportOptions(parse(text), expected)).toBe(true)
  expect(parseExportOptions(formatExportOptions(expected))).toEqual(parse(text))
})

test.each([
  'foo',
  '',
  'rw ',
  'RW',
  'anonuid=',
  'anonuid=x',
  'anongid=1x',
  'fsid=',
  'fsid=08',
  'fsid=abc',
  'sec=',
  'sec=foo',
  'sec=sys:',
  'refer',
  'constructor',
  'squash_uids=a',
])('exportfs refuses "%s"', (word) => {
  expect(() => parseExportOptions([word])).toThrow(RangeError)
})

test('what the server spells out is what was asked', () => {
  const spelled =
    'rw,sync,wdelay,hide,nocrossmnt,secure,root_squash,no_all_squash,no_subtree_check,secure_locks,acl,no_pnfs,anonuid=65534,anongid=65534,sec=sys,rw,secure,root_squash,no_all_squash'
  expect(sameExportOptions(parse(spelled), { access: 'rw' })).toBe(true)
  expect(sameExportOptions(parse(spelled), {})).toBe(false)
})

test('defaults of the line come first, and what they say of a flavour stays', () => {
  expect(parseExportOptions(['ro'], ['rw', 'async'])).toEqual({ ...defaultExportOptions, sync: false })
  expect(parseExportOptions(['ro'], ['sec=krb5', 'rw'])).toMatchObject({ access: 'rw', sec: ['krb5'] })
  expect(parseExportOptions([], ['sec=krb5'], ['rw'])).toMatchObject({ access: 'ro', sec: ['krb5'] })
  expect(parseExportOptions([], ['sec=krb5', 'rw'])).toMatchObject({ access: 'rw', sec: ['krb5'] })
})

test.each<AskedExportOptions>([
  { mountpoint: '/a,b' },
  { mountpoint: '/a b' },
  { mountpoint: 'a' },
  { anonUid: 2 ** 32 },
  { anonUid: 1.5 },
  { fsid: 'abc' },
  { fsid: -1 },
  { sec: [] },
  { sec: ['sys', 'sys'] },
  { rest: ['rw'] },
  { rest: ['refer=/a@b,rw'] },
  { exceptions: { krb5: { access: 'rw', squash: 'root', insecure: false } } },
])('there are no words for %o', (options) => {
  expect(() => formatExportOptions(options)).toThrow(RangeError)
})

test('all options survive being written, in whatever order the words stand', () => {
  fc.assert(
    fc.property(exportOptions, (options) => {
      expect(parseExportOptions(formatExportOptions(options))).toEqual(options)
    }),
    { numRuns: 1000 },
  )
  const plain = exportOptions.map(formatExportOptions).filter((words) => !words.some((word) => word.startsWith('sec=')))
  fc.assert(
    fc.property(
      plain.chain((words) => fc.tuple(fc.constant(words), fc.shuffledSubarray(words, { minLength: words.length }))),
      ([words, shuffled]) => {
        expect(sameExportOptions(parseExportOptions(shuffled), parseExportOptions(words))).toBe(true)
      },
    ),
  )
})
