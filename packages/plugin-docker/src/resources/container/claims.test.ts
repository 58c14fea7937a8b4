import { expect, test } from 'vitest'
import { claimsOf, needsOf } from './claims.ts'

const keys = (...ports: (string | number)[]) => claimsOf({ image: 'nginx', ports }).map(({ key }) => key)
const clash = (one: string, other: string) => keys(one).some((key) => keys(other).includes(key))

test.each([
  ['8080:80', '8080:81', true],
  ['8080:80', '127.0.0.1:8080:80', true],
  ['0.0.0.0:8080:80', '127.0.0.1:8080:80', true],
  ['8080:80', '[::1]:8080:80', true],
  ['8000-8002:80-82', '8001:80', true],
  ['8080:80', '8080:80/udp', false],
  ['127.0.0.1:8080:80', '127.0.0.2:8080:80', false],
  ['0.0.0.0:8080:80', '[::1]:8080:80', false],
  ['80', '80', false],
])('%s and %s: %s', (one, other, expected) => {
  expect(clash(one, other)).toBe(expected)
  expect(clash(other, one)).toBe(expected)
})

test('one container claims a port once', () => {
  expect(keys('8080:80', '127.0.0.1:8080:81')).toEqual([
    '0.0.0.0:8080/tcp',
    '127.0.0.1:8080/tcp',
    '[::]:8080/tcp',
    '[::1]:8080/tcp',
  ])
})

test('a folder of the host needs what is mounted at it or above', () => {
  const mounts = [
    { type: 'bind' as const, source: '/mnt/media/films', target: '/films' },
    { type: 'bind' as const, source: '/mnt/media/music/', target: '/music' },
    { type: 'volume' as const, source: 'data', target: '/data' },
  ]
  const needs = needsOf({ image: 'plex', mounts })
  expect(needs.map(({ key }) => key)).toEqual(['/mnt', '/mnt/media', '/mnt/media/films', '/mnt/media/music'])
})
