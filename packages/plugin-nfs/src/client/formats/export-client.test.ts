import { BlockList, isIPv4 } from 'node:net'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { canonicalClient, clientKind, clientProblem, clientTakes, sameClient } from './export-client.ts'

test.each([
  ['10.0.0.5', 'host'],
  ['nas.lan', 'host'],
  ['fe80::1', 'host'],
  ['10.0.0.0/24', 'network'],
  ['fd00::/64', 'network'],
  ['*.lan', 'wildcard'],
  ['nas[12].lan', 'wildcard'],
  ['[fe80::1]', 'wildcard'],
  ['a\\*b', 'host'],
  ['@lab', 'netgroup'],
  ['*', 'anonymous'],
  ['', 'anonymous'],
  ['gss/krb5', 'gss'],
])('%s is a %s', (spec, kind) => {
  expect(clientKind(spec)).toBe(kind)
})

test.each<[string, string, boolean | undefined]>([
  ['10.0.0.5', '10.0.0.5', true],
  ['10.0.0.5', '::ffff:10.0.0.5', true],
  ['::ffff:10.0.0.5', '10.0.0.5', false],
  ['10.0.0.5', '10.0.0.6', false],
  ['10.0.0.0/24', '10.0.0.200', true],
  ['10.0.0.7/24', '10.0.0.200', true],
  ['10.0.0.0/24', '10.0.1.1', false],
  ['10.0.0.0/24', 'fe80::1', false],
  ['10.0.0.0/255.255.255.0', '10.0.0.200', true],
  ['10.0.0.1/255.0.255.255', '10.9.0.1', true],
  ['10.0.0.1/255.0.255.255', '10.9.1.1', false],
  ['0.0.0.0/0', '10.0.0.5', undefined],
  ['fd00::/64', 'fd00::9', true],
  ['fd00::/64', 'fd00:0:0:1::9', false],
  ['FD00::0:9', 'fd00::9', true],
  ['fe80::1', 'fe80::1%eth0', undefined],
  ['fe80::1%eth0', 'fe80::1%eth0', true],
  ['fe80::1%eth0', 'fe80::2', false],
  ['*', '10.0.0.5', true],
  ['', 'fe80::1', true],
  ['nas.lan', '10.0.0.5', undefined],
  ['*.lan', '10.0.0.5', undefined],
  ['@lab', '10.0.0.5', undefined],
  ['gss/krb5', '10.0.0.5', undefined],
  ['10.0.0.0/33', '10.0.0.5', false],
  ['a,b', '10.0.0.5', false],
])('%s and %s: %s', (spec, address, taken) => {
  expect(clientTakes(spec, address)).toBe(taken)
})

test('an address is one', () => {
  expect(() => clientTakes('*', 'nas.lan')).toThrow(RangeError)
})

test.each([
  '10.0.0.0/33',
  '10.0.0.300/24',
  'fd00::/129',
  '10.0.0.0/x',
  '10.0.0.0/ffff::',
  'nas/24',
  'a b',
  'a,b',
  'nas:/srv',
])('exportfs finds nobody under "%s"', (spec) => {
  expect(clientProblem(spec)).toContain(spec)
})
test.each(['10.0.0.0/32', '10.0.0.0/', 'fd00::/0', 'fe80::1%eth0', 'nas', 'nas_1.lan', '*.lan', '@a b', ''])(
  '"%s" may be',
  (spec) => {
    expect(clientProblem(spec)).toBeUndefined()
  },
)

test.each([
  ['10.0.0.5', '10.0.0.5/32'],
  ['10.0.0.5', '10.0.0.5/255.255.255.255'],
  ['10.0.0.0/24', '10.0.0.0/255.255.255.0'],
  ['10.0.0.0/24', '10.0.0.77/24'],
  ['0.0.0.0/0', '10.0.0.0/0.0.0.0'],
  ['fe80::1', 'FE80:0:0::0001'],
  ['fe80::1', 'fe80::1/128'],
  ['fd00::/64', 'fd00:0:0:0:1::/ffff:ffff:ffff:ffff::'],
  ['64:ff9b::a00:5', '64:ff9b::10.0.0.5'],
  ['NAS.lan', 'nas.LAN'],
  ['*', ''],
])('%s is %s', (a, b) => {
  expect(sameClient(a, b)).toBe(true)
})
test.each([
  ['10.0.0.5', '10.0.0.0/24'],
  ['10.0.0.0/24', '10.0.0.0/25'],
  ['10.0.0.0/255.0.255.0', '10.0.0.0/24'],
  ['10.0.0.5', '::ffff:10.0.0.5'],
  ['@Lab', '@lab'],
  ['fe80::1%eth0', 'fe80::1%eth1'],
  ['*', '*.lan'],
])('%s is not %s', (a, b) => {
  expect(sameClient(a, b)).toBe(false)
})

const address = fc.oneof(fc.ipV4(), fc.ipV6())
test('networks take what the network library of Node takes', () => {
  const lengths = fc.tuple(address, address, fc.integer({ min: 1, max: 128 }), fc.boolean())
  fc.assert(
    fc.property(lengths, ([base, other, wanted, near]) => {
      const length = isIPv4(base) ? ((wanted - 1) % 32) + 1 : wanted
      const asked = near ? base : other
      const family = (text: string) => (isIPv4(text) ? 'ipv4' : 'ipv6')
      const list = new BlockList()
      list.addSubnet(base, length, family(base))
      fc.pre(!/^(0*:)*:?(0*:)*ffff:/i.test(asked))
      const expected = family(base) === family(asked) && list.check(asked, family(asked))
      expect(clientTakes(`${base}/${length}`, asked)).toBe(expected)
      expect(clientTakes(canonicalClient(`${base}/${length}`), asked)).toBe(expected)
    }),
    { numRuns: 1000 },
  )
})

test('a canonical client stays as it is', () => {
  const specs = fc.oneof(
    address,
    fc.tuple(address, fc.integer({ min: 0, max: 128 })).map(([base, length]) => `${base}/${length}`),
    fc.string(),
  )
  fc.assert(
    fc.property(specs, (spec) => canonicalClient(canonicalClient(spec)) === canonicalClient(spec)),
    { numRuns: 1000 },
  )
})
