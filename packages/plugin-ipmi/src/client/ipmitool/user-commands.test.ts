import { describe, expect, test } from 'vitest'
import { accessCommand, passwordCommand } from './user-commands.ts'

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

test.each([
  [{ callIn: true, link: true, ipmi: true, privilege: 'administrator' }, [0xb1, 4, 4, 0]],
  [{ callIn: false, link: false, ipmi: false, privilege: 'none' }, [0xc1, 4, 15, 0]],
  [{ callIn: true, link: false, ipmi: true, privilege: 'user' }, [0x91, 4, 2, 0]],
] as const)('access %j', (access, bytes) => {
  expect(bytesOf(accessCommand(4, 1, access).join(' '))).toEqual([6, 0x43, ...bytes])
})
