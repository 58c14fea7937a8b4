import { expect, test } from 'vitest'
import { testLab, yamlLab } from './lab.ts'

async function problemsOf(resources: string): Promise<string> {
  const lab = await yamlLab(resources)
  const { code, out, err } = await lab.run('validate')
  expect(code).toBe(1)
  expect(out).toBe('')
  return err
}

test('an unknown resource type', async () => {
  expect(await problemsOf('  todo: { type: files.nite, on: shelf, name: a, text: b }\n')).toMatchInlineSnapshot(`
    "Error: There is no resource type "files.nite" [unknown_resource_type]
      at lares.yaml:5:11 · todo › type
      5 |   todo: { type: files.nite, on: shelf, name: a, text: b }
        |           ^
      → Did you mean "files.note"?
    "
  `)
})

test('an unknown input', async () => {
  expect(
    await problemsOf(`  todo:
    type: files.note
    on: shelf
    name: todo
    text: buy milk
    tag: []
`),
  ).toMatchInlineSnapshot(`
    "Error: "tag" is not known here [unknown_input]
      at lares.yaml:10:5 · todo › tag
      10 |     tag: []
         |     ^
      → Did you mean "tags"?
    "
  `)
})

test('a wrong type deep inside', async () => {
  expect(
    await problemsOf(`  todo:
    type: files.note
    on: shelf
    name: todo
    text: buy milk
    tags:
      - { key: a, weight: 1 }
      - key: b
        weight: heavy
`),
  ).toMatchInlineSnapshot(`
    "Error: Expected number, received string [invalid_input]
      at lares.yaml:13:9 · todo › tags[1].weight
      13 |         weight: heavy
         |         ^
    "
  `)
})

test('a wrong type that came through an anchor and a merge key', async () => {
  const lab = await testLab({
    'lares.yaml': `name: home
plugins: [lares-plugin-files]
x-note: &note
  type: files.note
  on: shelf
  text: 7
resources:
  shelf: { type: files.shelf, path: ./shelf }
  todo:
    <<: *note
    name: todo
`,
  })
  expect((await lab.run('validate')).err).toMatchInlineSnapshot(`
    "Error: Expected string, received number [invalid_input]
      at lares.yaml:6:3 · todo › text
      6 |   text: 7
        |   ^
    "
  `)
})

test('a cycle', async () => {
  expect(
    await problemsOf(`  one: { type: files.note, on: shelf, name: one, text: '\${three.text}' }
  two: { type: files.note, on: shelf, name: two, text: '\${one.text}' }
  three: { type: files.note, on: shelf, name: three, text: c, dependsOn: [two] }
`),
  ).toMatchInlineSnapshot(`
    "Error: Resources depend on each other in a circle: one -> three -> two -> one [cycle]
      at lares.yaml:5:3 · one
      5 |   one: { type: files.note, on: shelf, name: one, text: '\${three.text}' }
        |   ^
      → Remove one of these refs, "on" or "dependsOn".
    "
  `)
})

test('a ref to nothing, and to an attribute that is not there', async () => {
  expect(
    await problemsOf(`  one: { type: files.note, on: shelf, name: one, text: '\${tow.text}' }
  two: { type: files.note, on: shelf, name: two, text: 'see \${one.lenght}' }
`),
  ).toMatchInlineSnapshot(`
    "Error: There is no resource "tow" [unknown_reference]
      at lares.yaml:5:50 · one › text
      5 |   one: { type: files.note, on: shelf, name: one, text: '\${tow.text}' }
        |                                                  ^

    Error: "one" (files.note) has no attribute "lenght" [unknown_reference]
      at lares.yaml:6:50 · two › text
      6 |   two: { type: files.note, on: shelf, name: two, text: 'see \${one.lenght}' }
        |                                                  ^
      → Did you mean "length"?

    2 problems.
    "
  `)
})

test('two resources with one name', async () => {
  expect(
    await problemsOf(`  todo: { type: files.note, on: shelf, name: one, text: a }
  todo: { type: files.note, on: shelf, name: two, text: b }
`),
  ).toMatchInlineSnapshot(`
    "Error: The same name stands twice in one mapping [duplicate_name]
      at lares.yaml:6:3
      6 |   todo: { type: files.note, on: shelf, name: two, text: b }
        |   ^
      → Rename one of the two, or remove it.
    "
  `)
})

test('two resources with one identity on one host', async () => {
  expect(
    await problemsOf(`  one: { type: files.note, on: shelf, name: same, text: a }
  two: { type: files.note, on: shelf, name: same, text: b }
`),
  ).toMatchInlineSnapshot(`
    "Error: "one" and "two" are the same object: files.note "same" [identity_clash]
      at lares.yaml:6:3 · two
      6 |   two: { type: files.note, on: shelf, name: same, text: b }
        |   ^
      → Remove one of them, or give it another name.
    "
  `)
})

test('a host that is none, and one that is missing', async () => {
  expect(
    await problemsOf(`  one: { type: files.note, name: one, text: a }
  two: { type: files.note, on: one, name: two, text: b }
`),
  ).toMatchInlineSnapshot(`
    "Error: "on" is missing: files.note needs a resource that provides shelf [on_missing]
      at lares.yaml:5:3 · one
      5 |   one: { type: files.note, name: one, text: a }
        |   ^

    Error: "one" (files.note) is no connection; files.note needs shelf [on_invalid]
      at lares.yaml:6:28 · two › on
      6 |   two: { type: files.note, on: one, name: two, text: b }
        |                            ^

    2 problems.
    "
  `)
})

test('what is no YAML', async () => {
  expect(await problemsOf('  todo: { type: files.note\n  other: ]\n')).toMatchInlineSnapshot(`
    "Error: The config cannot be read: Flow map in block collection must be sufficiently indented and end with a } [config_syntax]
      at lares.yaml:6:3
      6 |   other: ]
        |   ^

    Error: The config cannot be read: Unexpected flow-seq-end token in YAML stream: "]" [config_syntax]
      at lares.yaml:6:10
      6 |   other: ]
        |          ^

    2 problems.
    "
  `)
})

test('a plugin that is not installed', async () => {
  const lab = await testLab({
    'lares.yaml': `name: home
plugins:
  - lares-plugin-files
  - '@lares/plugin-proxmox'
resources:
  vm: { type: proxmox.guest }
`,
  })
  expect((await lab.run('validate')).err).toMatchInlineSnapshot(`
    "Error: The package @lares/plugin-proxmox is not installed [plugin_missing]
      at lares.yaml:4:5
      4 |   - '@lares/plugin-proxmox'
        |     ^
      → Install it beside the config: npm install @lares/plugin-proxmox
    "
  `)
})

test('a plugin that was built for another core', async () => {
  const lab = await testLab({
    'lares.yaml': 'name: home\nplugins: [./future.ts]\nresources: {}\n',
    'future.ts': `import files from 'lares-plugin-files'
const [mark] = Object.getOwnPropertySymbols(files)
export default { [mark]: { ...files[mark], package: 'lares-plugin-future', api: 2 } }
`,
  })
  expect((await lab.run('validate')).err).toMatchInlineSnapshot(`
    "Error: lares-plugin-future 1.2.3 was built for plugin API 2; this core speaks 1 [plugin_api_mismatch]
      → Update @lares/core.
    "
  `)
})

test('a package that is no plugin', async () => {
  const lab = await testLab({ 'lares.yaml': 'name: home\nplugins: [zod]\nresources: {}\n' })
  expect((await lab.run('validate')).err).toMatchInlineSnapshot(`
    "Error: zod is no plugin of Lares [plugin_invalid]
      at lares.yaml:2:11
      2 | plugins: [zod]
        |           ^
      → A plugin package has what definePlugin(…) returned as its default export.
    "
  `)
})

test('every problem at once, and as events', async () => {
  const lab = await yamlLab(`  one: { type: files.note, on: shlf, name: 1, text: a }
  two: { type: files.box, on: shelf }
`)
  const human = await lab.run('validate')
  expect(human.err).toMatchInlineSnapshot(`
    "Error: Expected string, received number [invalid_input]
      at lares.yaml:5:38 · one › name
      5 |   one: { type: files.note, on: shlf, name: 1, text: a }
        |                                      ^

    Error: There is no resource "shlf" [unknown_reference]
      at lares.yaml:5:28 · one › on
      5 |   one: { type: files.note, on: shlf, name: 1, text: a }
        |                            ^
      → Did you mean "shelf"?

    Error: It is missing: a value of type string is needed [invalid_input]
      at lares.yaml:6:3 · two › name
      6 |   two: { type: files.box, on: shelf }
        |   ^

    3 problems.
    "
  `)
  const { out, err } = await lab.run('validate --json')
  expect(err).toBe('')
  const events = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { version: number; diagnostic: { code: string } })
  expect(events.map(({ version, diagnostic }) => [version, diagnostic.code])).toMatchInlineSnapshot(`
    [
      [
        1,
        "invalid_input",
      ],
      [
        1,
        "unknown_reference",
      ],
      [
        1,
        "invalid_input",
      ],
    ]
  `)
})
