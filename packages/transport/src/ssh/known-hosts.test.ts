import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { generateKey } from '../testing/sshd.ts'
import { fingerprint, judge, keyTypeOf, knownHostsName, knownKeyTypes, parseKnownHosts } from './known-hosts.ts'

const directory = mkdtempSync(join(tmpdir(), 'lares-known-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

function newKey(type: string, name: string) {
  const file = join(directory, name)
  generateKey(type, file)
  const [keyType, base64] = readFileSync(`${file}.pub`, 'utf8').split(' ')
  return { file, line: `${keyType} ${base64}`, key: Buffer.from(base64!, 'base64') }
}

const ed25519 = newKey('ed25519', 'ed25519')
const other = newKey('ed25519', 'other')
const ecdsa = newKey('ecdsa', 'ecdsa')

const known = (...lines: string[]) => parseKnownHosts(lines.join('\n'), 'known_hosts')
const verdict = (lines: string[], name: string, port: number, key: Buffer) =>
  judge(known(...lines), name, port, key).kind

describe('which lines speak of a host', () => {
  test.each([
    ['tower.lan', 'tower.lan', 22, 'known'],
    ['tower.lan', 'TOWER.lan', 22, 'known'],
    ['a,tower.lan,b', 'tower.lan', 22, 'known'],
    ['*.lan', 'tower.lan', 22, 'known'],
    ['*.lan,!tower.lan', 'tower.lan', 22, 'unknown'],
    ['10.0.0.?', '10.0.0.5', 22, 'known'],
    ['10.0.0.?', '10.0.0.55', 22, 'unknown'],
    ['10.0.0.5', '10x0x0x5', 22, 'unknown'],
    ['[tower.lan]:2222', 'tower.lan', 2222, 'known'],
    ['[tower.lan]:2222', 'tower.lan', 22, 'unknown'],
    ['tower.lan', 'tower.lan', 2222, 'known'],
    ['[*]:2222', 'tower.lan', 2222, 'known'],
  ])('%s and %s port %i: %s', (pattern, name, port, expected) => {
    expect(verdict([`${pattern} ${ed25519.line} a comment`], name, port, ed25519.key)).toBe(expected)
  })

  test('lines hashed by ssh-keygen', () => {
    const file = join(directory, 'hashed')
    writeFileSync(file, `tower.lan ${ed25519.line}\n[tower.lan]:2222 ${other.line}\n`)
    execFileSync('ssh-keygen', ['-q', '-H', '-f', file], { stdio: 'ignore' })
    const text = readFileSync(file, 'utf8')
    expect(text).not.toContain('tower')
    expect(verdict([text], 'tower.lan', 22, ed25519.key)).toBe('known')
    expect(verdict([text], 'tower.lan', 2222, other.key)).toBe('known')
    expect(verdict([text], 'tower.lan', 2222, ed25519.key)).toBe('changed')
    expect(verdict([text], 'cellar.lan', 22, ed25519.key)).toBe('unknown')
  })
})

describe('what they say', () => {
  test('another key of the same type is a change, and names the line', () => {
    const result = judge(known('# comment', '', `tower ${other.line}`), 'tower', 22, ed25519.key)
    expect(result).toMatchObject({ kind: 'changed', instead: { line: 3, file: 'known_hosts' } })
  })

  test('one of several keys is enough', () => {
    expect(verdict([`tower ${other.line}`, `tower ${ed25519.line}`], 'tower', 22, ed25519.key)).toBe('known')
  })

  test('a key of a type that is not known for a known host is a change', () => {
    expect(verdict([`tower ${ecdsa.line}`], 'tower', 22, ed25519.key)).toBe('changed')
  })

  test('a revoked key is refused even where it is known', () => {
    const lines = [`tower ${ed25519.line}`, `@revoked * ${ed25519.line}`]
    expect(verdict(lines, 'tower', 22, ed25519.key)).toBe('revoked')
    expect(verdict(lines, 'tower', 2222, ed25519.key)).not.toBe('known')
  })

  test("a certificate authority's key is not a host's key", () => {
    expect(verdict([`@cert-authority * ${ed25519.line}`], 'tower', 22, ed25519.key)).toBe('unknown')
  })

  test('known types, so that the host is asked for one of them', () => {
    expect(knownKeyTypes(known(`tower ${ecdsa.line}`), 'tower', 22)).toEqual(['ecdsa-sha2-nistp256'])
  })
})

test('a fingerprint is the one that ssh-keygen shows', () => {
  expect(execFileSync('ssh-keygen', ['-lf', `${ed25519.file}.pub`]).toString()).toContain(fingerprint(ed25519.key))
  expect(keyTypeOf(ecdsa.key)).toBe('ecdsa-sha2-nistp256')
  expect(knownHostsName('Tower', 2222)).toBe('[tower]:2222')
})
