import { expect, it } from 'vitest'
import { addressOf } from './web-address.ts'

it.each([
  [['*'], '127.0.0.1'],
  [['10.0.0.5', 'localhost'], '127.0.0.1'],
  [['10.0.0.5'], '10.0.0.5'],
  [['10.0.0.5:19998=dashboard'], '10.0.0.5'],
  [['[fd00::5]:19999'], 'fd00::5'],
  [['[::]'], '127.0.0.1'],
  [[], undefined],
])('%j is reached at %s', (bind, address) => {
  expect(addressOf(bind)).toBe(address)
})
