import { describe, expect, test } from 'vitest'
import { passwordCommand, userCommands } from './user-commands.ts'

const bytesOf = (command: string) => command.split(' ').slice(1).map(Number)

describe('a password', () => {
  test('is 16 bytes, or 20 when it needs them', () => {
    expect(bytesOf(passwordCommand('set', 5, 'abc'))).toEqual([6, 0x47, 5, 2, 97, 98, 99, ...Array(13).fill(0)])
    const long = bytesOf(passwordCommand('set', 5, 'a'.repeat(17)))
    expect(long.slice(0, 4)).toEqual([6, 0x47, 0x85, 2])
    expect(long.slice(4)).toEqual([...Array(17).fill(97), 0, 0, 0])
  })

  test('is never read by anything that knows quotes', () => {
    expect(passwordCommand('set', 2, `'"#\\ $`)).toMatch(/^raw( 0x[0-9a-f]{2}){20}$/)
  })
})

test('a user is enabled last, and what is left out is not said', () => {
  expect(userCommands(4, 1, { name: 'eve', enabled: true, privilege: 'operator', ipmi: true })).toEqual([
    ['user', 'set', 'name', '4', 'eve'],
    ['channel', 'setaccess', '1', '4', 'ipmi=on', 'privilege=3'],
    ['user', 'enable', '4'],
  ])
  expect(userCommands(4, 1, {})).toEqual([])
})
