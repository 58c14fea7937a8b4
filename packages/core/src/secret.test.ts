import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { decodeTree, expressionOf, UNKNOWN } from './ref.ts'
import {
  equalsRecorded,
  expandPaths,
  isRecordedSecret,
  labKey,
  MASK,
  Redactor,
  recordTree,
  sameAsRecorded,
  secret,
  sensitive,
} from './secret.ts'

const key = labKey(Buffer.alloc(32, 7).toString('base64url'))
const otherKey = labKey(Buffer.alloc(32, 8).toString('base64url'))

describe('secret', () => {
  it('names where a value is kept', () => {
    expect(expressionOf(secret.env('TOKEN'))).toEqual({ kind: 'secret', source: { env: 'TOKEN' } })
    expect(expressionOf(secret.file('~/key'))).toEqual({ kind: 'secret', source: { file: '~/key' } })
    expect(expressionOf(secret.command('pass', 'show', 'a b'))).toEqual({
      kind: 'secret',
      source: { command: ['pass', 'show', 'a b'] },
    })
  })

  it('marks a schema, and keeps what that says already', () => {
    expect(sensitive(z.string().meta({ description: 'A token' })).meta()).toEqual({
      description: 'A token',
      secret: true,
    })
  })
})

describe('the lab key', () => {
  it('seals and unseals any text, differently each time', async () => {
    for (const text of ['', 'hunter2', 'ünï\n\u0000', 'x'.repeat(100_000)]) {
      const [one, two] = [await key.seal(text), await key.seal(text)]
      expect(one).not.toBe(two)
      expect(await key.unseal(one)).toBe(text)
      if (text.length > 5) expect(Buffer.from(one, 'base64').includes(text)).toBe(false)
    }
  })

  it('writes what the age program calls an age file', async () => {
    expect(Buffer.from(await key.seal('x'), 'base64').toString('latin1')).toMatch(
      /^age-encryption\.org\/v1\n-> scrypt /,
    )
  })

  it('opens neither what another key sealed nor what was altered', async () => {
    const sealed = await key.seal('hunter2')
    await expect(otherKey.unseal(sealed)).rejects.toThrow()
    const bytes = Buffer.from(sealed, 'base64')
    bytes[bytes.length - 1]! ^= 1
    await expect(key.unseal(bytes.toString('base64'))).rejects.toThrow()
  })

  it('has HMACs that depend on the key and the text', () => {
    expect(key.hmac('a')).toBe(key.hmac('a'))
    expect(new Set([key.hmac('a'), key.hmac('b'), otherKey.hmac('a')]).size).toBe(3)
    expect(key.hmac('a')).toMatch(/^[\w-]{32}$/)
  })
})

describe('the redactor', () => {
  const redactor = (...values: unknown[]) => {
    const made = new Redactor()
    for (const value of values) made.add(value)
    return made
  }
  const hard = `p"a\\s's/w+ö rd$&(?`

  it.each([
    ['as it is', (text: string) => text],
    ['in JSON', (text: string) => JSON.stringify({ text })],
    ['in base64', (text: string) => Buffer.from(text).toString('base64')],
    ['in base64url', (text: string) => Buffer.from(text).toString('base64url')],
    ['in a URL', (text: string) => `http://x/?q=${encodeURIComponent(text)}&y`],
    ['in a shell command', (text: string) => `echo '${text.replaceAll("'", `'\\''`)}'`],
  ])('finds a secret %s', (_, form) => {
    const text = `before ${form(hard)} after ${form(hard)}`
    const clean = redactor(hard).text(text)
    expect(clean.split(MASK).length).toBe(3)
    expect(clean.startsWith('before ') && clean.includes(' after ')).toBe(true)
    for (const piece of [hard, form(hard)]) expect(clean).not.toContain(piece)
  })

  it('finds each long line of a secret with several', () => {
    const pem = '-----BEGIN KEY-----\r\nMIIEvgIBADANBgkqhkiG9w0\nabc\nAAAAB3NzaC1yc2EAAAADAQ\n-----END KEY-----\n'
    const clean = redactor(pem).text(
      `line 2: MIIEvgIBADANBgkqhkiG9w0 and AAAAB3NzaC1yc2EAAAADAQ; abc; ${JSON.stringify(pem)}`,
    )
    expect(clean).toBe(`line 2: ${MASK} and ${MASK}; abc; "${MASK}"`)
  })

  it('takes the longest of secrets that overlap', () => {
    expect(redactor('pass', 'password', 'password-long').text('password-long password pass')).toBe(
      `${MASK} ${MASK} ${MASK}`,
    )
  })

  it('leaves short values and other things alone', () => {
    const made = redactor('abc', '', 7, null, undefined, { a: 'b' })
    expect(made.text('abc 7 null undefined')).toBe('abc 7 null undefined')
    const tree = { a: ['abc'] }
    expect(made.tree(tree)).toBe(tree)
  })

  it('redacts strings anywhere in data, and lets expressions be', () => {
    const clean = redactor('hunter2').tree({ a: ['x hunter2', 1, null], b: { c: 'hunter2' }, later: UNKNOWN })
    expect(clean.later).toBe(UNKNOWN)
    expect({ ...clean, later: 0 }).toEqual({ a: [`x ${MASK}`, 1, null], b: { c: MASK }, later: 0 })
  })

  it('lets no secret through, whatever it is and wherever it stands', () => {
    const any = fc.string({ unit: 'binary', minLength: 4 }).filter((text) => !MASK.includes(text))
    fc.assert(
      fc.property(any, fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (value, before, after) => {
        const made = redactor(value)
        expect(made.text(before + value + after)).toContain(MASK)
        expect(made.text(`${before} ${value} ${after}`.replaceAll(value, '|'))).not.toContain(value)
        expect(made.text(JSON.stringify([value]))).toBe(`["${MASK}"]`)
      }),
      { numRuns: 500 },
    )
  })
})

describe('recording', () => {
  const source = { $lares: 'secret', source: { env: 'PASSWORD' } }
  const tree = { user: 'ops', password: 'hunter2', list: [{ pin: 1234 }], note: 'uses hunter2', absent: undefined }
  const leaves = [{ path: ['password'], source }, { path: ['list', 0, 'pin'] }, { path: ['absent'] }]
  const redactor = new Redactor()
  redactor.add('hunter2')
  const recorded = recordTree(tree, leaves, key, redactor) as { [name: string]: unknown }

  it('puts HMACs and sources in the place of secrets', () => {
    expect(recorded).toEqual({
      user: 'ops',
      password: { $lares: 'secret', hmac: key.hmac('hunter2'), source },
      list: [{ pin: { $lares: 'secret', hmac: key.hmac('1234') } }],
      note: `uses ${MASK}`,
    })
    expect(JSON.stringify(recorded)).not.toMatch(/hunter2|1234/)
    expect(tree.password).toBe('hunter2')
  })

  it('redacts what is not marked too', () => {
    expect(recordTree({ note: 'uses hunter2' }, [], key, redactor)).toEqual({ note: `uses ${MASK}` })
  })

  it('lets values be compared without being kept', () => {
    expect(isRecordedSecret(recorded['password'])).toBe(true)
    expect(sameAsRecorded('hunter2', recorded['password'], key)).toBe(true)
    expect(sameAsRecorded('hunter3', recorded['password'], key)).toBe(false)
    expect(sameAsRecorded('hunter2', recorded['password'], otherKey)).toBe(false)
    expect(sameAsRecorded(1234, (recorded['list'] as { pin: unknown }[])[0]!.pin, key)).toBe(true)
    expect(sameAsRecorded('ops', recorded['user'], key)).toBeUndefined()
  })

  it('lets data with secrets in lists be compared, too', () => {
    const again = { ...tree, note: recorded['note'] }
    expect(equalsRecorded(again, recorded, key)).toBe(true)
    expect(equalsRecorded(again, recorded, otherKey)).toBe(false)
    expect(equalsRecorded({ ...again, list: [{ pin: 1235 }] }, recorded, key)).toBe(false)
    expect(equalsRecorded({ ...again, list: [] }, recorded, key)).toBe(false)
    expect(equalsRecorded({ ...again, more: 1 }, recorded, key)).toBe(false)
    expect(equalsRecorded(recorded['list'], recorded['list'], key)).toBe(true)
  })

  it('gives back the expression that a secret came from', () => {
    const decoded = decodeTree(recorded) as { [name: string]: unknown }
    expect(expressionOf(decoded['password'])).toEqual({ kind: 'secret', source: { env: 'PASSWORD' } })
    expect(expressionOf((decoded['list'] as { pin: unknown }[])[0]!.pin)).toEqual({ kind: 'unknown' })
  })
})

describe('schema paths', () => {
  it.each([
    [[['a']], [['a']]],
    [[['missing'], ['a', 'b']], []],
    [
      [['list', '*', 'x']],
      [
        ['list', 0, 'x'],
        ['list', 2, 'x'],
      ],
    ],
    [
      [['map', '*']],
      [
        ['map', 'one'],
        ['map', 'two words'],
      ],
    ],
    [[[]], [[]]],
    [
      [['*', '*', 'x']],
      [
        ['list', 0, 'x'],
        ['list', 2, 'x'],
      ],
    ],
  ])('%j are found at %j', (patterns, expected) => {
    const tree = { a: 1, list: [{ x: 1 }, {}, { x: null }], map: { one: 1, 'two words': 2 } }
    expect(expandPaths(tree, patterns)).toEqual(expected)
  })
})
