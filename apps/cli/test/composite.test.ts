import { expect, test } from 'vitest'
import { onShelf, testLab, yamlLab } from './lab.ts'

const album = '  album: { type: files.album, on: shelf, name: album, title: Summer }\n'

test('a composite is planned, made, looked at and taken down by its name', { timeout: 60_000 }, async () => {
  const lab = await yamlLab(`${album}  note: { type: files.note, on: shelf, name: note, text: 'of \${album.title}' }\n`)
  await lab.run('apply --yes --target shelf')
  const planned = await lab.run('plan')
  expect(planned.out).toMatchInlineSnapshot(`
    "On shelf
        +  album/pictures  files.box   create (new)
        +  album/cover     files.note  create (new)
        +  album/sign      files.note  create (new)
        +  note            files.note  create (new)

    Plan: 4 to create.
    "
  `)
  const applied = await lab.run('apply --yes')
  expect(applied.code, applied.err).toBe(0)
  expect((await lab.run('apply')).out).toBe('No changes. The lab is as declared.\n')
  expect((await lab.run('state list')).out).toMatchInlineSnapshot(`
    "album/cover     files.note   on shelf  album
    album/pictures  files.box    on shelf  album-pictures
    album/sign      files.note   on shelf  album-sign
    note            files.note   on shelf  note
    shelf           files.shelf            ./shelf
    "
  `)
  expect((await lab.run('state show album')).err).toMatchInlineSnapshot(`
    "Error: "album" stands for several resources [several_addresses]
      at album
      → Name one of them: album/pictures, album/cover, album/sign.
    "
  `)
  expect((await lab.run('state show albun/cover')).err).toMatchInlineSnapshot(`
    "Error: There is no resource "albun/cover" in the state [unknown_address]
      → Did you mean "album/cover"?
    "
  `)
  expect((await lab.run('state show album/cover')).out).toContain('text: "Summer"')
  expect((await lab.run('run album show')).err).toMatchInlineSnapshot(`
    "Error: "album" stands for several resources [several_addresses]
      at album
      → Name one of them: album/pictures, album/cover, album/sign.
    "
  `)
  expect((await lab.run('run album/cover show')).out).toBe('Summer\n')
  await lab.write({ 'lares.yaml': onShelf('') })
  expect((await lab.run('plan --target album')).out).toMatchInlineSnapshot(`
    "On shelf
        -  note            files.note  delete (removed)
        -  album/sign      files.note  delete (removed)
        -  album/cover     files.note  delete (removed)
        =  album/pictures  files.box   keep (removed)
            holds data, so it stays; to delete it: --allow-data-loss album/pictures

    Plan: 3 to delete, 1 to keep.
    "
  `)
  expect((await lab.run('destroy --yes --target album --allow-data-loss album')).code).toBe(0)
  expect((await lab.run('state list')).out).toMatchInlineSnapshot(`
    "shelf  files.shelf  ./shelf
    "
  `)
})

test('the shell, the graph and the list of plugins know a composite and its parts', { timeout: 60_000 }, async () => {
  const lab = await yamlLab(album)
  expect((await lab.run('completion addresses')).out.split('\n')).toEqual([
    ...['shelf', 'album', 'album/pictures', 'album/cover', 'album/sign', ''],
  ])
  expect((await lab.run('graph')).out).toMatchInlineSnapshot(`
    "digraph "home" {
      rankdir=LR
      node [shape=box, style=rounded, fontname=sans]
      subgraph "cluster_shelf" {
        "shelf" [label="shelf\\nfiles.shelf"]
        "album/pictures" [label="album/pictures\\nfiles.box"]
        "album/cover" [label="album/cover\\nfiles.note"]
        "album/sign" [label="album/sign\\nfiles.note"]
      }
      "album/cover" -> "album/pictures"
      "album/sign" -> "album/cover"
    }
    "
  `)
  expect((await lab.run('import files.album --on shelf')).err).toMatchInlineSnapshot(`
    "Error: files.album cannot be listed [cannot_list]
      → List the types of its parts.
    "
  `)
  expect((await lab.run('import files.note --on album')).err).toMatchInlineSnapshot(`
    "Error: "album" stands for several resources [several_addresses]
      at album
      → Name one of them: album/pictures, album/cover, album/sign.
    "
  `)
  expect((await lab.run('plan --target albun')).err).toMatchInlineSnapshot(`
    "Error: There is no resource "albun" in the config or the state [unknown_address]
      → Did you mean "album"?
    "
  `)
  expect((await lab.run('outdated album')).err).toMatchInlineSnapshot(`""`)
})

test('what is wrong with a composite is told at its line, in both kinds of config', { timeout: 60_000 }, async () => {
  const lab = await yamlLab(`  album:
    type: files.album
    on: shelf
    nmae: album
    title: \${shelf.paht}
    timeouts: { create: soon }
`)
  expect((await lab.run('validate')).err).toMatchInlineSnapshot(`
    "Error: "shelf" (files.shelf) has no attribute "paht" [unknown_reference]
      at lares.yaml:9:5 · album › title
      9 |     title: \${shelf.paht}
        |     ^
      → Did you mean "path"?

    Error: It is missing: a value of type string is needed [invalid_input]
      at lares.yaml:5:3 · album › name
      5 |   album:
        |   ^

    Error: "nmae" is not known here [unknown_input]
      at lares.yaml:8:5 · album › nmae
      8 |     nmae: album
        |     ^
      → Did you mean "name"?

    Error: "soon" is no duration: write <time>, 30s, 5m or 1h30m. [invalid_input]
      at lares.yaml:10:17 · album › timeouts.create
      10 |     timeouts: { create: soon }
         |                 ^

    4 problems.
    "
  `)
  const typed = await testLab({
    'lares.config.ts': `import { defineLab } from '@lares/core'
import files from 'lares-plugin-files'

const shelf = files.shelf('shelf', { path: './shelf' })
const album = files.album('album', { on: shelf, title: 7 } as never)
const note = files.note('note', { on: album as never, name: 'note', text: album.title })

export default defineLab({ name: 'home', resources: [note] })
`,
  })
  expect((await typed.run('validate')).err).toMatchInlineSnapshot(`
    "Error: It is missing: a value of type string is needed [invalid_input]
      at lares.config.ts:5:15 · album › name
      5 | const album = files.album('album', { on: shelf, title: 7 } as never)
        |               ^

    Error: Expected string, received number [invalid_input]
      at lares.config.ts:5:15 · album › title
      5 | const album = files.album('album', { on: shelf, title: 7 } as never)
        |               ^

    Error: "album" (files.album) is no connection; files.note needs shelf [on_invalid]
      at lares.config.ts:6:14 · note › on
      6 | const note = files.note('note', { on: album as never, name: 'note', text: album.title })
        |              ^

    3 problems.
    "
  `)
})
