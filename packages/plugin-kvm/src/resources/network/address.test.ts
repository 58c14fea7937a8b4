import { expect, test } from 'vitest'
import { addressAt, canonical6, networkOf, prefixOfNetmask, subnetOf } from './address.ts'

test.each([
  ['192.168.150.1', 24, '192.168.150.0'],
  ['10.9.255.254', 9, '10.0.0.0'],
  ['172.31.0.130', 25, '172.31.0.128'],
  ['0.0.0.1', 0, '0.0.0.0'],
  ['fd00:1::1', 64, 'fd00:1::'],
  ['fd00:1:2:3ff::1', 56, 'fd00:1:2:300::'],
  ['2001:db8:1:2:3:4:5:6', 127, '2001:db8:1:2:3:4:5:6'],
])('%s/%i is in %s', (address, prefix, base) => {
  expect(networkOf(address, prefix)).toEqual({ base, prefix })
})

test('addresses are counted from both ends', () => {
  expect(addressAt(subnetOf('192.168.150.0/24'), 1)).toBe('192.168.150.1')
  expect(addressAt(subnetOf('10.0.0.0/23'), -2)).toBe('10.0.1.254')
  expect(addressAt(subnetOf('fd00:1::/64'), 1)).toBe('fd00:1::1')
})

test.each([
  ['255.255.255.0', 24],
  ['255.255.254.0', 23],
  ['255.255.255.255', 32],
  ['0.0.0.0', 0],
])('%s has the prefix %i', (netmask, prefix) => {
  expect(prefixOfNetmask(netmask)).toBe(prefix)
})

test('IPv6 addresses have one form', () => {
  expect(canonical6('FD00:0:0::0001')).toBe('fd00::1')
})
