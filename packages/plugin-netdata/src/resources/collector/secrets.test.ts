import { expect, test } from 'vitest'
import { secretsIn, withoutSecrets } from './secrets.ts'

test('what nobody is to see is found by its key, at any depth, and in addresses', () => {
  const settings = {
    ...{ user: 'netdata', pass: 'one1', api_key: 'two2', tls: { privateKey: ['three3'] }, name: 'four4' },
    ...{ headers: { 'X-Any': 'five5' }, url: 'http://me:six6@10.0.0.5/', dsn: 'me:se:v@n7@tcp(db:3306)/' },
    ...{ tokens: [1, null, 'no'], password: 'abc' },
  }
  expect(secretsIn(settings)).toEqual(['one1', 'two2', 'three3', 'five5', 'six6', 'se:v@n7'])
  expect(withoutSecrets('login me:six6 with se%3Av%40n7 or one1', settings)).toBe(
    'login me:(secret) with (secret) or (secret)',
  )
})
