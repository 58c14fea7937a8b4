import { expect, test } from 'vitest'
import { testLab } from './lab.ts'

async function problemOf(config: string, args = 'validate', file = 'lares.config.ts'): Promise<string> {
  const lab = await testLab({ [file]: config })
  const { code, out, err } = await lab.run(args)
  expect(code).toBe(1)
  expect(out).toBe('')
  return err
}

test('a config that throws, in its own file or in one that it imports', async () => {
  expect(
    await problemOf(`const where: string = 'cellar'\nthrow new Error(\`no light in the \${where}\`)\n`),
  ).toMatchInlineSnapshot(`
    "Error: The config failed: no light in the cellar [config_failed]
      at lares.config.ts:2:7
      2 | throw new Error(\`no light in the \${where}\`)
        |       ^
    "
  `)
  const lab = await testLab({
    'lares.config.ts': `import { light } from './parts/light.ts'\nexport default light()\n`,
    'parts/light.ts': `export function light() {\n  throw new TypeError('too dark', { cause: new Error('no bulb') })\n}\n`,
  })
  expect((await lab.run('validate')).err).toMatchInlineSnapshot(`
    "Error: The config failed: too dark [config_failed]
      at parts/light.ts:2:9
      2 |   throw new TypeError('too dark', { cause: new Error('no bulb') })
        |         ^
      Caused by: no bulb
    "
  `)
})

test('a config that throws no error', async () => {
  expect(await problemOf(`throw 'a string'\n`)).toMatchInlineSnapshot(`
    "Error: The config failed: a string [config_failed]
      at lares.config.ts
    "
  `)
})

test('a config that uses a ref as a string', async () => {
  expect(
    await problemOf(`import { defineLab } from '@lares/core'
import files from 'lares-plugin-files'

const shelf = files.shelf('shelf', { path: './shelf' })
const note = files.note('todo', { on: shelf, name: 'todo', text: \`see \${shelf.path}\` })
export default defineLab({ name: 'home', resources: [note] })
`),
  ).toMatchInlineSnapshot(`
    "Error: \${shelf.path} is not known yet and was used as if it were a plain value [ref_as_value]
      at lares.config.ts:5:79
      5 | const note = files.note('todo', { on: shelf, name: 'todo', text: \`see \${shelf.path}\` })
        |                                                                               ^
      → Pass it to an input as it is, or build a string with interpolate\`http://\${ref}/\`.
    "
  `)
})

test('problems of resources point at where they are declared', async () => {
  expect(
    await problemOf(`import { defineLab } from '@lares/core'
import files from 'lares-plugin-files'

const shelf = files.shelf('shelf', { path: './shelf' })
const notes = ['a', 'b'].map((name) => files.note(name, { on: shelf, name: 'same', text: name }))
const todo = files.note(
  'todo',
  { on: shelf, name: 'todo', text: 7, tags: [{ key: 'x', weight: 'heavy' }] } as never,
)
export default defineLab({ name: 'home', resources: [notes, todo, files.box('box', {} as never)] })
`),
  ).toMatchInlineSnapshot(`
    "Error: Expected string, received number [invalid_input]
      at lares.config.ts:6:14 · todo › text
      6 | const todo = files.note(
        |              ^

    Error: Expected number, received string [invalid_input]
      at lares.config.ts:6:14 · todo › tags[0].weight
      6 | const todo = files.note(
        |              ^

    Error: It is missing: a value of type string is needed [invalid_input]
      at lares.config.ts:10:67 · box › name
      10 | export default defineLab({ name: 'home', resources: [notes, todo, files.box('box', {} as never)] })
         |                                                                   ^

    Error: "on" is missing: files.box needs a resource that provides shelf [on_missing]
      at lares.config.ts:10:67 · box
      10 | export default defineLab({ name: 'home', resources: [notes, todo, files.box('box', {} as never)] })
         |                                                                   ^

    4 problems.
    "
  `)
})

test('a config that waits forever', async () => {
  expect(await problemOf('await new Promise(() => {})\n', 'validate --config-timeout 300ms')).toMatchInlineSnapshot(`
    "Error: The config did not finish loading within 0.3 s [config_timeout]
      at lares.config.ts
      → Look for an "await" that never ends; --config-timeout gives it more time.
    "
  `)
})

test('a config that never ends leaves Ctrl-C to Node', async () => {
  const lab = await testLab({ 'lares.config.ts': `process.stderr.write('spinning')\nfor (;;) {}\n` })
  const { code } = await lab.run('apply --yes', { onErr: (_, child) => child.kill('SIGINT') })
  expect(code).toBe(null)
})

test('a syntax error in TypeScript and in JavaScript', async () => {
  expect(await problemOf('const x: number = 1\nconst y = (x\nexport default x\n')).toMatchInlineSnapshot(`
    "Error: The config cannot be read: Expected ',', got 'export' [config_syntax]
      at lares.config.ts:3:1
      3 | export default x
        | ^
    "
  `)
  expect(await problemOf('const x = 1\nexport default {{\n', 'validate', 'lares.config.mjs')).toMatchInlineSnapshot(`
    "Error: The config cannot be read: Unexpected token '{' [config_syntax]
      at lares.config.mjs:2:17
      2 | export default {{
        |                 ^
    "
  `)
})

test('TypeScript that is more than types', async () => {
  expect(await problemOf('enum Room { Cellar }\nexport default Room\n')).toMatchInlineSnapshot(`
    "Error: The config cannot be read: TypeScript enum is not supported in strip-only mode [config_syntax]
      at lares.config.ts:1:1
      1 | enum Room { Cellar }
        | ^
      → Types are only stripped: use what erasableSyntaxOnly allows, such as a const object for an enum.
    "
  `)
})

test('imports that lead nowhere', async () => {
  expect(await problemOf(`import kvm from '@lares/plugin-zfs'\nexport default kvm\n`)).toMatchInlineSnapshot(`
    "Error: The package @lares/plugin-zfs is not installed [plugin_missing]
      at lares.config.ts:1:18
      1 | import kvm from '@lares/plugin-zfs'
        |                  ^
      → Install it beside the config: npm install @lares/plugin-zfs
    "
  `)
  expect(await problemOf(`import { x } from './rooms.ts'\nexport default x\n`)).toMatchInlineSnapshot(`
    "Error: An import leads nowhere: there is no file <lab>/rooms.ts [config_import]
      at lares.config.ts:1:22
      1 | import { x } from './rooms.ts'
        |                      ^
    "
  `)
  expect(
    await problemOf(`import { defineLob } from '@lares/core'\nexport default defineLob({})\n`),
  ).toMatchInlineSnapshot(`
    "Error: The config cannot be read: The requested module '@lares/core' does not provide an export named 'defineLob' [config_syntax]
      at lares.config.ts:1:10
      1 | import { defineLob } from '@lares/core'
        |          ^
    "
  `)
})

test('a config that exports no lab', async () => {
  expect(await problemOf('export default { name: "home" }\n')).toMatchInlineSnapshot(`
    "Error: The default export of the config is no lab [config_invalid]
      at lares.config.ts
      → End it with: export default defineLab({ name, resources: [...] })
    "
  `)
  expect(await problemOf('export const lab = 1\n')).toMatchInlineSnapshot(`
    "Error: The config has no default export [config_invalid]
      at lares.config.ts
      → End it with: export default defineLab({ name, resources: [...] })
    "
  `)
})

test('no config at all, and one that is not there', async () => {
  const lab = await testLab()
  expect((await lab.run('validate --config nowhere.ts')).err).toMatchInlineSnapshot(`
    "Error: There is no config nowhere.ts [config_missing]
    "
  `)
})
