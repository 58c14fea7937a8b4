import { describe, expect, it } from 'vitest'
import { defineLab, ensure, interpolate, labFromDocument, labSchema, type Path, pluginOf } from '../src/index.ts'
import { bench, refusal } from './bench.ts'

const tower = { type: 'fake.machine', address: 'tower' }
const yaml = ({ fake }: ReturnType<typeof bench>, resources: object, more: object = {}) =>
  labFromDocument({ name: 'home', resources: { tower, ...resources }, ...more }, [pluginOf(fake)!], {
    locate: (path: Path) => ({ file: path.join('.') }),
  })

describe('a composite', () => {
  it('is planned as its parts in their order, written in TypeScript or in YAML', async () => {
    const made = bench()
    const { fake, home, tower } = made
    const photos = fake.site('photos', { on: tower, name: 'pics', disk: true })
    const document = yaml(made, { photos: { type: 'fake.site', on: 'tower', name: 'pics', disk: true } })
    const text = await home.planTextOf(photos)
    expect(text).toMatchInlineSnapshot(`
      "adopt tower; because new
      create photos/data; because new; after tower
      create photos/backend; because new; after photos/data, tower
      create photos/route; because new; after photos/backend, tower
      create photos/file; because new; after photos/route, tower"
    `)
    expect(await home.planTextOf(document)).toBe(text)
    expect((await home.plan(document)).config).toBe((await home.plan(photos)).config)
  })

  it('is made part by part, is there the second time, and goes the other way round when the config has forgotten it', async () => {
    const { fake, home, tower, world } = bench({ parallelism: 4 })
    const photos = fake.site('photos', { on: tower, name: 'pics' })
    expect(await home.apply(photos)).toMatchObject({ done: 4, failed: 0 })
    expect(world.takeChanges()).toEqual(['create thing pics', 'update document pics', 'create plain /sites/pics'])
    expect(world.find('thing', 'pics')?.mark).toEqual({ lab: 'home', address: 'photos/backend' })
    expect(await home.planTextOf(photos)).toBe('')
    expect(await home.apply(tower)).toMatchObject({ done: 3, failed: 0 })
    expect(world.takeChanges()).toEqual(['delete plain /sites/pics', 'update document pics', 'delete thing pics'])
    expect(Object.keys((await home.state()).resources)).toEqual(['tower'])
  })

  it('that fails half-way goes on from there, and leaves nothing reachable that came later', async () => {
    const { fake, home, tower, world } = bench()
    const photos = fake.site('photos', { on: tower, name: 'pics' })
    world.inject({ does: 'fail', verb: 'create', type: 'thing', code: 'broken' })
    expect(await home.apply(photos)).toMatchObject({
      failed: 1,
      skipped: 2,
      diagnostics: [{ address: 'photos/backend' }],
    })
    expect(world.takeChanges()).toEqual(['create thing pics'])
    expect(await home.apply(photos)).toMatchObject({ done: 3, failed: 0 })
  })

  it('is made in a script, and answers its attributes', async () => {
    const { fake, tower, world } = bench()
    const photos = fake.site('photos', { on: tower, name: 'pics' })
    world.plant('tower', { type: 'plain', identity: '/sites/pics', data: { path: '/sites/pics', mode: '600' } })
    expect(await refusal(ensure(photos))).toMatchObject([{ code: 'already_exists', address: 'photos/file' }])
    const seen = { url: 'https://pics/', id: '#2', size: 1, file: { path: '/sites/pics' } }
    expect(await ensure(photos, { adopt: true })).toEqual(seen)
    world.takeChanges()
    expect(await ensure(photos, { adopt: true })).toEqual(seen)
    expect(world.takeChanges()).toEqual([])
  })

  it('has a place in the schema of YAML', () => {
    const { fake } = bench()
    const schema = labSchema([pluginOf(fake)!]) as { $defs: Record<string, { properties: object; required: string[] }> }
    expect(schema.$defs['fake.site']).toMatchObject({ required: ['type', 'name'], additionalProperties: false })
    expect(Object.keys(schema.$defs['fake.site']!.properties)).toEqual(
      expect.arrayContaining(['type', 'name', 'disk', 'on', 'movedFrom']),
    )
    expect(JSON.stringify(schema)).toContain('"fake.app","fake.site"')
  })
})

describe('refs to a composite', () => {
  it('are what its attributes stand for, in inputs, in other composites and in outputs', async () => {
    const made = bench()
    const { fake, home, tower, world } = made
    const photos = fake.site('photos', { on: tower, name: 'pics', size: 3 })
    const blog = fake.site('blog', { on: tower, name: photos.file.path, note: interpolate`beside ${photos.url}` })
    const web = fake.thing('web', {
      on: tower,
      name: 'web',
      note: blog.url,
      size: photos.size,
      link: { url: photos.id },
    })
    const outputs = { all: { urls: [photos.url, blog.url] }, path: interpolate`at ${blog.file.path}` }
    const lab = defineLab({ name: 'home', resources: web, outputs })
    const text = await home.planTextOf(lab, {}, true)
    expect(text).toContain('create web; because new; after blog/route, photos/backend, tower')
    const applied = await home.apply(lab)
    expect(applied.outputs).toEqual({
      all: { urls: ['https://pics/', 'https:///sites/pics/'] },
      path: 'at /sites//sites/pics',
    })
    expect(world.find('thing', 'web')!.data).toMatchObject({
      note: 'https:///sites/pics/',
      size: 3,
      link: { url: world.find('thing', 'pics')!.id },
    })
    const site = (name: string, more = {}) => ({ type: 'fake.site', on: 'tower', name, ...more })
    const document = yaml(
      made,
      {
        web: {
          ...{ type: 'fake.thing', on: 'tower', name: 'web', note: '${blog.url}', size: '${photos.size}' },
          link: { url: '${photos.id}' },
        },
        blog: site('${photos.file.path}', { note: 'beside ${photos.url}' }),
        photos: site('pics', { size: 3 }),
      },
      { outputs: { all: { urls: ['${photos.url}', '${blog.url}'] }, path: 'at ${blog.file.path}' } },
    )
    const again = await home.plan(document)
    expect([again.outputs, await home.planTextOf(document)]).toEqual([{}, ''])
  })

  it('wait for what is not known before the parts are made', async () => {
    const { fake, home, tower, world } = bench()
    const photos = fake.site('photos', { on: tower, name: 'pics' })
    const note = interpolate`backend ${photos.id}`
    const lab = defineLab({
      name: 'home',
      resources: [fake.site('blog', { on: tower, name: 'blog', note })],
      outputs: { id: photos.id },
    })
    const plan = await home.plan(lab)
    expect(plan.outputs['id']?.after).toEqual({ $lares: 'unknown' })
    await home.apply(lab)
    expect(world.find('thing', 'blog')!.data['note']).toBe(`backend ${world.find('thing', 'pics')!.id}`)
  })

  it('are refused where there is no such attribute, at the line that has them', async () => {
    const made = bench()
    const site = { type: 'fake.site', on: 'tower', name: 'pics' }
    const lab = yaml(
      made,
      {
        photos: site,
        blog: { ...site, name: '${photos.file.paht}' },
        after: { type: 'fake.plain', on: 'tower', path: '${blog.file.path}', text: 'of ${blog.url}' },
        web: {
          type: 'fake.thing',
          on: 'tower',
          name: 'web',
          note: 'see ${photos.urll}',
          tags: { part: '${photos.backend}' },
        },
        part: { type: 'fake.thing', on: 'tower', name: 'x', dependsOn: 'photos/backend' },
      },
      { outputs: { id: '${photo.id}' } },
    )
    const told = await refusal(made.home.plan(lab))
    expect(
      told.map(({ address, source, summary, advice }) => [address, source?.file, summary, advice].join(' | ')),
    ).toMatchInlineSnapshot(`
      [
        "blog | resources.blog.name | "photos" (fake.site) has no attribute "file.paht" | Did you mean "path"?",
        "web | resources.web.note | "photos" (fake.site) has no attribute "urll" | Did you mean "url"?",
        "web | resources.web.tags.part | "photos" (fake.site) has no attribute "backend" | It has: url, id, size, file, password.",
        "part | resources.part.dependsOn | There is no resource "photos/backend" | ",
        " |  | There is no resource "photo" | Did you mean "photos"?",
      ]
    `)
  })
})
