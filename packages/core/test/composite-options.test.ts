import { describe, expect, it } from 'vitest'
import { buildModel, defineLab, interpolate, labFromDocument, type Path, pluginOf, secret } from '../src/index.ts'
import { modelDigest } from '../src/model.ts'
import { bench, refusal } from './bench.ts'

const tower = { type: 'fake.machine', address: 'tower' }
const site = { type: 'fake.site', on: 'tower', name: 'pics' }

/** What is wrong with a lab in YAML: where, at which line, what, and what to do. */
async function told({ fake, home }: ReturnType<typeof bench>, resources: object): Promise<string[]> {
  const locate = (path: Path) => ({ file: path.join('.') })
  const lab = labFromDocument({ name: 'home', resources: { tower, ...resources } }, [pluginOf(fake)!], { locate })
  return (await refusal(home.plan(lab))).map(({ address, path, source, summary, advice }) =>
    [address, path, source?.file, summary, advice].map((text = '') => text).join(' | '),
  )
}

describe('what is said to every resource', () => {
  it('is said to all parts', async () => {
    const { fake, home, tower } = bench()
    const first = fake.thing('first', { on: tower, name: 'first' })
    const photos = fake.site('photos', {
      ...{ on: tower, name: 'pics', dependsOn: [first], timeouts: { create: '2m' }, retries: 5 },
      ignoreChanges: ['backend.size', 'file.mode'],
    })
    const web = fake.thing('web', { on: tower, name: 'web', dependsOn: [photos] })
    expect(await home.planTextOf(web)).toMatchInlineSnapshot(`
      "adopt tower; because new
      create first; because new; after tower
      create photos/backend; because new; after first, tower
      create photos/route; because new; after photos/backend, first, tower
      create photos/file; because new; after photos/route, first, tower
      create web; because new; after photos/backend, photos/route, photos/file, tower"
    `)
    const { resources } = buildModel(home.lab(web)).model
    const parts = ['backend', 'route', 'file'].map((name) => resources.get(`photos/${name}`)!)
    expect(parts.map(({ on, timeouts, retries, ignoreChanges }) => [on, timeouts, retries, ignoreChanges])).toEqual([
      ['tower', { create: 120_000 }, 5, [['size']]],
      ['tower', { create: 120_000 }, 5, []],
      ['tower', { create: 120_000 }, 5, [['mode']]],
    ])
  })

  it('is checked once, at the composite and its lines', async () => {
    const wrong = {
      ...{ ...site, name: 7, size: '${nobody.size}', colour: 'red', on: 'nowhere', dependsOn: 'nothing' },
      ...{ movedFrom: 'tower', timeouts: { crate: '5m' }, retries: -1 },
    }
    expect(await told(bench(), { photos: wrong, blog: { type: 'fake.site', name: 'blog' } })).toMatchInlineSnapshot(`
      [
        "photos | size | resources.photos.size | There is no resource "nobody" | ",
        "photos | name | resources.photos.name | Expected string, received number | ",
        "photos | colour | resources.photos.colour | "colour" is not known here | Known are: name, size, note, password, disk.",
        "photos | dependsOn | resources.photos.dependsOn | There is no resource "nothing" | ",
        "photos | on | resources.photos.on | There is no resource "nowhere" | Did you mean "tower"?",
        "photos |  | resources.photos.movedFrom | movedFrom names "tower", which is still a resource of its own | ",
        "photos | timeouts.crate | resources.photos.timeouts.crate | "crate" is not known here | Did you mean "create"?",
        "photos | retries | resources.photos.retries | Too small: expected number to be >=0 | ",
        "blog |  | resources.blog | "on" is missing: fake.site needs a resource that provides box | ",
      ]
    `)
  })

  it('leaves alone what is named in a part that there is', async () => {
    const ignoring = (...ignoreChanges: string[]) => ({ photos: { ...site, ignoreChanges } })
    expect(
      await told(bench(), ignoring('backnd.size', 'file', 'size', 'data.size', 'backend.sise', '..')),
    ).toMatchInlineSnapshot(`
      [
        "photos | ignoreChanges | resources.photos.ignoreChanges | "ignoreChanges" names "backnd.size", which is no input of a part of fake.site | Did you mean "backend"?",
        "photos | ignoreChanges | resources.photos.ignoreChanges | "ignoreChanges" names "file", which is no input of a part of fake.site | Write PART.INPUT. The parts are: backend, route, file.",
        "photos | ignoreChanges | resources.photos.ignoreChanges | "ignoreChanges" names "size", which is no input of a part of fake.site | Write PART.INPUT. The parts are: backend, route, file.",
        "photos | ignoreChanges | resources.photos.ignoreChanges | "ignoreChanges" names "data.size", which is no input of a part of fake.site | Write PART.INPUT. The parts are: backend, route, file.",
        "photos | ignoreChanges | resources.photos.ignoreChanges | "ignoreChanges" names "..", which is no input of a part of fake.site | Write PART.INPUT. The parts are: backend, route, file.",
        "photos/backend | ignoreChanges | resources.photos | "ignoreChanges" names "sise", which fake.thing does not have | Did you mean "size"?",
      ]
    `)
  })

  it('is no connection, and has no parts in the config', async () => {
    const resources = {
      photos: site,
      web: { type: 'fake.thing', on: 'photos', name: 'web' },
      'photos/web': { type: 'fake.thing', on: 'tower', name: 'web' },
    }
    expect(await told(bench(), resources)).toMatchInlineSnapshot(`
      [
        "photos/web |  | resources.photos/web | "photos/web" is no name for a resource | Letters, digits, - and _, beginning with a letter; "secret" is taken.",
        "web | on | resources.web.on | "photos" (fake.site) is no connection; fake.thing needs box | ",
      ]
    `)
  })
})

describe('a composite that is renamed', () => {
  it('takes its parts along, and changes nothing out there', async () => {
    const { fake, home, tower, world } = bench()
    const former = fake.site('photos', { on: tower, name: 'pics', disk: true })
    await home.apply(former)
    world.takeChanges()
    const album = fake.site('album', { on: tower, name: 'pics', disk: true, movedFrom: 'photos' })
    expect(await home.planTextOf(album, {}, true)).toMatchInlineSnapshot(`
      "none tower
      none album/data; because renamed; was photos/data; after tower
      none album/backend; because renamed; was photos/backend; after album/data, tower
      none album/route; because renamed; was photos/route; after album/backend, tower
      none album/file; because renamed; was photos/file; after album/route, tower"
    `)
    expect(await home.apply(album)).toMatchObject({ failed: 0 })
    expect(Object.keys((await home.state()).resources).sort()).toEqual(
      ['album/backend', 'album/data', 'album/file', 'album/route', 'tower'].sort(),
    )
    expect(await refusal(home.plan([former, album]))).toMatchObject([{ code: 'moved_from_present', address: 'album' }])
    const { movedFrom: _, ...again } = { on: tower, name: 'pics', disk: true, movedFrom: '' }
    expect(await home.planTextOf(fake.site('again', again), {}, true)).toContain('was album/backend')
  })
})

describe('a circle', () => {
  it('through parts is told with their addresses', async () => {
    const web = { type: 'fake.thing', on: 'tower', name: 'web', dependsOn: 'photos' }
    expect(await told(bench(), { photos: { ...site, note: '${web.url}' }, web })).toMatchInlineSnapshot(`
      [
        "photos/backend |  | resources.photos | Resources depend on each other in a circle: photos/backend -> web -> photos/file -> photos/route -> photos/backend | Remove one of these refs, "on" or "dependsOn".",
      ]
    `)
  })

  it('of composites that only stand for each other is told, too', async () => {
    const sized = (size: string) => ({ ...site, size })
    expect(
      await told(bench(), { a: sized('${b.size}'), b: sized('${c.size}'), c: sized('${a.size}') }),
    ).toMatchInlineSnapshot(`
      [
        "b |  | resources.b | Composites stand for each other in a circle: b -> c -> a -> b | Remove one of these refs.",
      ]
    `)
    expect(await told(bench(), { a: sized('${a.size}') })).toMatchInlineSnapshot(`
      [
        "a |  | resources.a | Composites stand for each other in a circle: a -> a | Remove one of these refs.",
      ]
    `)
  })
})

describe('a secret', () => {
  const word = 'correct horse battery'

  it('stays one in parts, attributes and outputs, wherever it comes from', async () => {
    const { fake, home, tower, world } = bench({ secrets: { WORD: word } })
    for (const password of [secret.env('WORD'), interpolate`${secret.env('WORD')}`, word]) {
      const photos = fake.site('photos', { on: tower, name: 'pics', password })
      const blog = fake.site('blog', { on: tower, name: 'blog', note: interpolate`with ${photos.password}` })
      const lab = defineLab({ name: 'home', resources: blog, outputs: { password: photos.password } })
      const plan = await home.plan(lab)
      const result = await home.apply(lab)
      expect(world.find('thing', 'pics')!.data).toMatchObject({ password: word })
      expect(world.find('thing', 'blog')!.data).toMatchObject({ note: `with ${word}` })
      expect(result.outputs['password']).toMatchObject({ $lares: 'secret' })
      expect(plan.outputs['password']).toMatchObject({ secret: true })
      const shown = JSON.stringify([plan, result, home.events, await home.state(), home.store.journal])
      expect(shown).toContain('photos/backend')
      expect(shown).not.toContain(word)
      expect(await home.planTextOf(lab)).toBe('')
      await home.apply(tower)
    }
  })

  it('written down counts for the plan that was saved, and does not name an object', async () => {
    const { fake, home, tower } = bench()
    const digestOf = (password: string) =>
      modelDigest(buildModel(home.lab(fake.site('photos', { on: tower, name: 'pics', password }))).model)
    expect(digestOf('one')).toBe(digestOf('one'))
    expect(digestOf('one')).not.toBe(digestOf('two'))
    const photos = fake.site('photos', { on: tower, name: 'pics', password: word })
    const web = fake.thing('web', { on: tower, name: photos.password })
    expect(await refusal(home.plan(web))).toMatchObject([{ code: 'secret_in_identity', address: 'web' }])
  })
})
