import { describe, expect, it } from 'vitest'
import { declarationOf } from '../src/declaration.ts'
import { defineLab, definePlugin, interpolate, labFromDocument, pluginOf, secret } from '../src/index.ts'
import { bench, codes, refusal } from './bench.ts'

describe('a lab that is not valid', () => {
  it('is told every problem at once', async () => {
    const { home, fake } = bench()
    const lab = labFromDocument(
      {
        name: 'home',
        resources: {
          tower: { type: 'fake.machine', address: 'tower' },
          a: { type: 'fake.thing', on: 'tower', name: 'a', size: 'big', colour: 'red' },
          b: { type: 'fake.thing', on: 'tover', name: 'b', note: '${a.urll}' },
          c: { type: 'fake.thin', on: 'tower' },
          d: { type: 'fake.thing', on: 'a', name: 'd', link: { url: 5 } },
          e: { type: 'fake.thing', name: 'e', note: '${nobody.url}' },
        },
      },
      [pluginOf(fake)!],
    )
    const problems = await refusal(home.plan(lab))
    expect(
      problems.map(({ code, address, path, summary, advice }) =>
        [code, address, path, summary, advice].filter(Boolean).join(' | '),
      ),
    ).toMatchInlineSnapshot(`
      [
        "unknown_resource_type | c | type | There is no resource type "fake.thin" | Did you mean "fake.thing"?",
        "invalid_input | a | size | Expected number, received string",
        "unknown_input | a | colour | "colour" is not known here | Did you mean "color"?",
        "unknown_reference | b | note | "a" (fake.thing) has no attribute "urll" | Did you mean "url"?",
        "unknown_reference | b | on | There is no resource "tover" | Did you mean "tower"?",
        "invalid_input | d | link.url | Expected string, received number",
        "on_invalid | d | on | "a" (fake.thing) is no connection; fake.thing needs box",
        "unknown_reference | e | note | There is no resource "nobody"",
        "on_missing | e | "on" is missing: fake.thing needs a resource that provides box",
      ]
    `)
  })

  it('is told what is wrong with the settings that every resource takes', async () => {
    const { home, fake } = bench()
    const tower = { type: 'fake.machine', address: 'tower' }
    const thing = (settings: object) => ({ type: 'fake.thing', on: 'tower', name: 'x', ...settings })
    const lab = labFromDocument(
      {
        name: 'home',
        resources: {
          tower,
          attic: tower,
          a: thing({ timeouts: '5m', retries: 'twice' }),
          b: thing({ timeouts: { crate: '5m', read: 'soon', ready: '1h30m' }, retries: -1 }),
          c: thing({ ignoreChanges: ['sise', 'color', 'tags.any', 'link..url'] }),
          d: thing({ on: ['tower', 'attic'], ignoreChanges: { size: true } }),
        },
      },
      [pluginOf(fake)!],
    )
    const problems = await refusal(home.plan(lab))
    expect(
      problems.map(({ code, address, path, summary, advice }) =>
        [code, address, path, summary, advice].filter(Boolean).join(' | '),
      ),
    ).toMatchInlineSnapshot(`
      [
        "invalid_config | d | on | "on" takes one resource | Name the others in "dependsOn".",
        "invalid_config | d | ignoreChanges | "ignoreChanges" takes paths of inputs",
        "invalid_input | a | timeouts | Expected object, received string",
        "invalid_input | a | retries | Expected number, received string",
        "invalid_input | b | timeouts.read | "soon" is no duration: write 500ms, 30s, 5m or 1h30m.",
        "unknown_input | b | timeouts.crate | "crate" is not known here | Did you mean "create"?",
        "invalid_input | b | retries | Too small: expected number to be >=0",
        "unknown_input | c | ignoreChanges | "ignoreChanges" names "sise", which fake.thing does not have | Did you mean "size"?",
        "invalid_input | c | ignoreChanges | "ignoreChanges": "link..url" is no path",
      ]
    `)
  })

  it('has nothing secret in what an object is known by', async () => {
    const { home, fake, tower } = bench()
    const vault = fake.disk('vault', { on: tower, name: 'vault' })
    const problems = await refusal(
      home.plan([
        fake.thing('a', { on: tower, name: secret.env('NAME') }),
        fake.thing('b', { on: tower, name: interpolate`web-${secret.env('NAME')}` }),
        fake.thing('c', { on: tower, name: 'c', note: secret.env('NAME') }),
        fake.thing('d', { on: tower, name: vault.name }),
        vault,
      ]),
    )
    expect(
      problems.map(({ code, address, path, summary }) => [code, address, path, summary].join(' | ')),
    ).toMatchInlineSnapshot(`
        [
          "secret_in_identity | a | name | "name" is what fake.thing is known by, and cannot be secret",
          "secret_in_identity | b | name | "name" is what fake.thing is known by, and cannot be secret",
        ]
      `)
  })

  it('has a circle, which is told as its whole path', async () => {
    const { home, fake } = bench()
    const thing = (note: string) => ({ type: 'fake.thing', on: 'tower', name: note, note: `\${${note}.url}` })
    const lab = labFromDocument(
      {
        name: 'home',
        resources: { tower: { type: 'fake.machine', address: 'tower' }, a: thing('b'), b: thing('c'), c: thing('a') },
      },
      [pluginOf(fake)!],
    )
    expect((await refusal(home.plan(lab)))[0]!.summary).toMatch(/(a -> b -> c -> a|b -> c -> a -> b|c -> a -> b -> c)/)
  })

  it('claims one port twice, or means one object twice', async () => {
    const { home, fake, tower, attic } = bench()
    const config = [
      fake.thing('a', { on: tower, name: 'a', ports: [80] }),
      fake.thing('b', { on: tower, name: 'b', ports: [80] }),
      fake.thing('c', { on: attic, name: 'c', ports: [80] }),
      fake.thing('d', { on: attic, name: 'c' }),
    ]
    expect(codes({ diagnostics: await refusal(home.plan(config)) }).sort()).toEqual(['claim_clash', 'identity_clash'])
  })

  it('was built for another core', async () => {
    const { home, fake, tower } = bench()
    const lab = defineLab({ name: 'home', resources: fake.thing('a', { on: tower, name: 'a' }) })
    const plugins = lab.plugins.map((plugin) => ({ ...plugin, api: 99 }))
    expect(await refusal(home.plan({ ...lab, plugins }))).toMatchObject([{ code: 'plugin_api_mismatch' }])
  })
})

describe('a refinement', () => {
  it('waits while it touches what is unknown, and is asked before anything is done', async () => {
    const config = ({ fake, tower }: ReturnType<typeof bench>, size: number) => {
      const other = fake.thing('other', { on: tower, name: 'other', size })
      return [fake.thing('web', { on: tower, name: 'web', size: other.size, ports: [1, 2, 3] })]
    }
    const made = bench()
    expect(await made.home.planTextOf(config(made, 2))).toContain('create web')
    const result = await made.home.apply(config(made, 1))
    expect(result).toMatchObject({ failed: 1, diagnostics: [{ code: 'invalid_input', address: 'web', path: 'ports' }] })
    expect(made.world.find('thing', 'web')).toBeUndefined()
    expect(await refusal(made.home.plan(config(made, 1)))).toMatchObject([{ code: 'invalid_input', path: 'ports' }])
    expect(await made.home.apply(config(made, 2))).toMatchObject({ failed: 0 })
  })

  it('is asked at once where what is unknown does not matter', async () => {
    const { home, fake, tower } = bench()
    const other = fake.thing('other', { on: tower, name: 'other' })
    const web = (size: number) =>
      fake.thing('web', { on: tower, name: 'web', size, ports: [1, 2, other.size], note: interpolate`${other.id}` })
    expect(await refusal(home.plan(web(1)))).toMatchObject([
      { code: 'invalid_input', address: 'web', path: 'ports', summary: 'At most two ports for each size' },
    ])
    expect(await home.planTextOf(web(2))).toContain('create web')
  })
})

describe('a union', () => {
  it('takes refs in any of its forms, and keeps defaults out of what was set', async () => {
    const { home, fake, tower, world } = bench()
    const net = fake.thing('net', { on: tower, name: 'net' })
    const config = [
      fake.thing('a', { on: tower, name: 'a', link: net.id }),
      fake.thing('b', { on: tower, name: 'b', link: { url: net.id } }),
    ]
    expect(await home.apply(config)).toMatchObject({ failed: 0 })
    const { id } = world.find('thing', 'net')!
    expect(world.find('thing', 'a')!.data['link']).toBe(id)
    expect(world.find('thing', 'b')!.data['link']).toEqual({ url: id, weight: 1 })
    Object.assign(world.find('thing', 'b')!.data, { link: { url: id, weight: 7 } })
    expect(await home.planTextOf(config)).toBe('')
    expect((await home.state()).resources['b']!.inputs).toEqual({ name: 'b', link: { url: id } })
  })
})

describe('outputs', () => {
  it('are shown, kept in state, and change when what they show changes', async () => {
    const { home, fake, tower } = bench()
    const lab = (name: string) => {
      const web = fake.thing('web', { on: tower, name })
      return defineLab({ name: 'home', resources: web, outputs: { url: web.url, id: web.id } })
    }
    expect((await home.plan(lab('one'))).outputs).toMatchObject({
      url: { after: 'thing://one' },
      id: { after: { $lares: 'unknown' } },
    })
    expect((await home.apply(lab('one'))).outputs).toMatchObject({ url: 'thing://one' })
    expect((await home.plan(lab('one'))).outputs).toEqual({})
    await home.apply(lab('two'))
    expect((await home.state()).outputs).toMatchObject({ url: 'thing://two' })
    await home.apply(lab('two'), { mode: 'destroy' })
    expect((await home.state()).outputs).toEqual({})
  })
})

describe('a record of an older version', () => {
  it('is brought to the version of its type, and a newer one is refused', async () => {
    const { home, fake, tower, world } = bench()
    await home.apply(fake.thing('web', { on: tower, name: 'web', note: 'x' }))
    const old = declarationOf(fake.thing('web', { on: tower, name: 'web' }))!.type
    const lab = (version: number, note: string) => {
      const plugin = definePlugin({
        name: 'fake',
        package: '@lares/plugin-fake',
        version: '2.0.0',
        resources: {
          machine: declarationOf(tower)!.type,
          thing: {
            ...old,
            version,
            migrate: ({ inputs, attributes }: { inputs: object; attributes: object }) => ({
              inputs: { ...inputs, note: 'migrated' },
              attributes,
            }),
          },
        } as never,
      }) as never as typeof fake
      const machine = plugin.machine('tower', { address: 'tower' })
      return defineLab({ name: 'home', resources: plugin.thing('web', { on: machine, name: 'web', note }) })
    }
    world.find('thing', 'web')!.data['note'] = 'migrated'
    expect(await home.planTextOf(lab(2, 'migrated'))).toBe('')
    await home.apply(lab(2, 'migrated'))
    expect((await home.state()).resources['web']).toMatchObject({ version: 2, inputs: { note: 'migrated' } })
    expect(await refusal(home.plan(lab(1, 'migrated')))).toMatchObject([{ code: 'record_newer', address: 'web' }])
  })
})
