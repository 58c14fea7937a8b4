import { inspect } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LaresError } from './diagnostics.ts'
import {
  containsExpression,
  decodeTree,
  type ExpressionBody,
  encodeTree,
  expressionOf,
  interpolate,
  type Looked,
  makeRef,
  makeSecret,
  parseTemplate,
  type Ref,
  resolveTree,
  UNKNOWN,
  visitExpressions,
} from './ref.ts'

interface Machine {
  ip: string
  ports: { [name: string]: number }
  disks: { path: string }[]
}
const machine = makeRef('vm', []) as unknown as Ref<Machine>
const password = makeSecret({ env: 'PASSWORD' })

describe('a ref', () => {
  it('has refs as its properties', () => {
    expect(expressionOf(machine.disks[0]!.path)).toEqual({ kind: 'ref', address: 'vm', path: ['disks', 0, 'path'] })
    expect(expressionOf(machine.ports['08'])).toMatchObject({ path: ['ports', '08'] })
    expect(expressionOf(machine.ports['constructor'])).toMatchObject({ path: ['ports', 'constructor'] })
  })

  const uses: [string, (value: never) => unknown][] = [
    ['String()', (value) => String(value)],
    ['a template literal', (value) => `${value as string}`],
    ['addition', (value) => `${value as string}/`],
    ['toString', (value) => (value as string).toString()],
    ['a number', (value) => Number(value)],
    ['comparison', (value) => (value as string) < 'a'],
    ['JSON.stringify', (value) => JSON.stringify({ value })],
    ['iteration', (value) => [...(value as string[])]],
    ['an object key', (value) => ({ [value as string]: 1 })],
  ]
  it.each(uses)('that is used as a value by %s says how to do it', (_, use) => {
    for (const value of [machine.ip, password, UNKNOWN, interpolate`http://${machine.ip}/`]) {
      expect(() => use(value as never)).toThrow(LaresError)
      expect(() => use(value as never)).toThrow(expect.objectContaining({ code: 'ref_as_value' }))
    }
    expect(() => use(machine.ip as never)).toThrow(/\$\{vm\.ip\} is not known yet/)
  })

  it('that is awaited gives itself', async () => {
    const awaited = await Promise.race([machine.ip, new Promise((resolve) => setTimeout(resolve, 1000, 'hangs'))])
    expect(expressionOf(awaited)).toEqual({ kind: 'ref', address: 'vm', path: ['ip'] })
  })

  it('can be looked at', () => {
    expect(inspect({ ip: machine.ip })).toContain('${vm.ip}')
    expect(inspect(password)).toContain('${secret.env.PASSWORD}')
    expect(inspect(interpolate`http://${machine.disks[0]!.path}:${80}/`)).toContain('http://${vm.disks[0].path}:80/')
  })
})

describe('a template', () => {
  const bodies = (text: string): unknown => encodeTree(parseTemplate(text))
  const ref = (address: string, path: string) => ({ $lares: 'ref', address, path })
  const secretOf = (source: object) => ({ $lares: 'secret', source })
  const parts = (...of: unknown[]) => ({ $lares: 'interpolation', parts: of })

  it.each([
    ['plain', 'plain'],
    ['', ''],
    ['$HOME costs 5$ {x}', '$HOME costs 5$ {x}'],
    ['${vm.ip}', ref('vm', 'ip')],
    ['${ vm.ip }', ref('vm', 'ip')],
    ['${a-b_1.c[0].d["e.f"]}', ref('a-b_1', 'c[0].d["e.f"]')],
    ['${a.b[0]}', ref('a', 'b[0]')],
    ['${a[0]}', ref('a', '[0]')],
    ['${a.b["}"]}', ref('a', 'b["}"]')],
    ['http://${vm.ip}:80/', parts('http://', ref('vm', 'ip'), ':80/')],
    ['${a.b}${c.d}', parts(ref('a', 'b'), ref('c', 'd'))],
    ['$${not}', '${not}'],
    ['a$${b}${c.d}$${e}', parts('a${b}', ref('c', 'd'), '${e}')],
    ['{{${a.b}}}', parts('{{', ref('a', 'b'), '}}')],
    ['${secret.env.TOKEN}', secretOf({ env: 'TOKEN' })],
    ['${secret.file.~/.ssh/id.pub}', secretOf({ file: '~/.ssh/id.pub' })],
    ['${secret.command.pass  show x}', secretOf({ command: ['pass', 'show', 'x'] })],
    ['Bearer ${secret.env.TOKEN}', parts('Bearer ', secretOf({ env: 'TOKEN' }))],
  ])('%s', (text, expected) => expect(bodies(text)).toEqual(expected))

  it.each([
    '${}',
    '${vm}',
    '${vm.}',
    '${vm..ip}',
    '${.ip}',
    '${vm.ip',
    'x${',
    '${a.${b.c}}',
    '${a b.c}',
    '${a.b["c]}',
    '${a."b"}',
    '${a.b[-1]}',
    '${secret.env}',
    '${secret.vault.x}',
    '${secret}',
    '${vm.80}',
  ])('with %s is refused, with advice', (text) => {
    expect(() => parseTemplate(text)).toThrow(
      expect.objectContaining({
        code: 'reference_syntax',
        diagnostics: [expect.objectContaining({ detail: `in "${text}"`, advice: expect.stringContaining('$${') })],
      }),
    )
  })

  it('without a reference is the text itself, whatever it holds', () => {
    const text = fc.string({ unit: 'binary' }).filter((one) => !one.includes('${'))
    fc.assert(fc.property(text, (one) => parseTemplate(one) === one))
    fc.assert(
      fc.property(text, (one) => {
        const escaped = `${one}$\${`
        return parseTemplate(escaped) === escaped.slice(0, -3) + escaped.slice(-2)
      }),
    )
  })
})

const leaf: fc.Arbitrary<unknown> = fc.oneof(
  fc.jsonValue({ maxDepth: 1 }).filter((value) => !JSON.stringify(value).includes('$lares')),
  fc
    .tuple(fc.constantFrom('vm', 'db'), fc.array(fc.oneof(fc.string(), fc.nat()), { minLength: 1 }))
    .map(([address, path]) => makeRef(address, path)),
  fc.constantFrom(password, makeSecret({ command: ['pass', 'a b'] }), makeSecret({ file: '~/x' }), UNKNOWN),
  fc.constantFrom(interpolate`a${machine.ip}b${password}`, interpolate`${interpolate`x${machine.ip}`}${1}`),
)
const tree = fc.dictionary(
  fc.string().filter((key) => key !== '$lares' && key !== '__proto__'),
  fc.oneof(leaf, fc.array(leaf), fc.dictionary(fc.constantFrom('a', 'b'), leaf)),
)

describe('a tree with expressions', () => {
  it('survives being encoded, saved and decoded', () => {
    fc.assert(
      fc.property(tree, (value) => {
        const saved: unknown = JSON.parse(JSON.stringify(encodeTree(value)))
        expect(encodeTree(decodeTree(saved))).toEqual(saved)
        const [before, after]: [ExpressionBody, unknown][][] = [[], []]
        visitExpressions(value, (body, path) => before!.push([body, path]))
        visitExpressions(decodeTree(saved), (body, path) => after!.push([body, path]))
        expect(after).toEqual(before)
      }),
    )
  })

  it('gives each ref and secret with the leaf that holds it', () => {
    const found: unknown[] = []
    visitExpressions({ a: [machine.ip], b: { c: interpolate`${machine.ip}:${password}` } }, (body, path) =>
      found.push([body.kind, path]),
    )
    expect(found).toEqual([
      ['ref', ['a', 0]],
      ['ref', ['b', 'c']],
      ['secret', ['b', 'c']],
    ])
  })
})

describe('resolving', () => {
  const known: { [address: string]: Looked } = {
    vm: { value: '10.0.0.5' },
    port: { value: 80 },
    later: { value: UNKNOWN },
    token: { value: 't0ken', secretPaths: [[]] },
    account: { value: { user: 'ops', password: 'hunter2' }, secretPaths: [['password']] },
    half: { value: { ip: '10.0.0.6', name: UNKNOWN } },
  }
  const lookup = (body: ExpressionBody): Looked => (body.kind === 'ref' ? known[body.address]! : { value: 's3cret' })
  const at = (address: string) => makeRef(address, ['x'])

  it('puts values in the place of expressions, and leaves the tree as it is', () => {
    const input = { ip: at('vm'), url: interpolate`http://${at('vm')}:${at('port')}/`, plain: [1, { a: null }] }
    expect(resolveTree(input, lookup)).toEqual({
      value: { ip: '10.0.0.5', url: 'http://10.0.0.5:80/', plain: [1, { a: null }] },
      secrets: [],
      unknown: false,
    })
    expect(expressionOf(input.ip)).toMatchObject({ kind: 'ref' })
  })

  it('makes the whole of a string secret that one secret stands in, and knows where it came from', () => {
    const { value, secrets } = resolveTree(
      { url: interpolate`http://ops:${password}@${at('vm')}/`, list: [at('token'), password] },
      lookup,
    )
    expect(value).toEqual({ url: 'http://ops:s3cret@10.0.0.5/', list: ['t0ken', 's3cret'] })
    const secret = { $lares: 'secret', source: { env: 'PASSWORD' } }
    expect(secrets).toEqual([
      { path: ['url'], source: { $lares: 'interpolation', parts: ['http://ops:', secret, '@', '10.0.0.5', '/'] } },
      { path: ['list', 0], source: { $lares: 'ref', address: 'token', path: 'x' } },
      { path: ['list', 1], source: secret },
    ])
    const again = decodeTree({ $lares: 'secret', hmac: 'x', source: secrets[0]!.source })
    expect(resolveTree({ again }, lookup).value).toEqual({ again: 'http://ops:s3cret@10.0.0.5/' })
  })

  it('marks secrets inside of an object that a ref gives', () => {
    const { secrets } = resolveTree({ account: at('account') }, lookup)
    expect(secrets).toEqual([
      { path: ['account', 'password'], source: { $lares: 'ref', address: 'account', path: 'x.password' } },
    ])
    expect(resolveTree({ text: interpolate`${at('account')}` }, lookup).secrets).toMatchObject([{ path: ['text'] }])
  })

  it('is unknown where anything is not known, and keeps that it is secret', () => {
    const { value, unknown, secrets } = resolveTree(
      { a: interpolate`${at('later')}:${password}`, b: at('later'), c: 1 },
      lookup,
    )
    expect([containsExpression(value['a']), value['b'] === UNKNOWN, value['c'], unknown]).toEqual([true, true, 1, true])
    expect(secrets.map(({ path }) => path)).toEqual([['a']])
    expect(JSON.stringify(encodeTree({ value, secrets }))).not.toContain('s3cret')
  })

  it('is unknown when what a ref gives is known in part', () => {
    expect(resolveTree({ half: at('half') }, lookup).unknown).toBe(true)
    const { value, unknown } = resolveTree({ text: interpolate`<${at('half')}>` }, lookup)
    expect([value['text'] === UNKNOWN, unknown]).toEqual([true, true])
  })
})
