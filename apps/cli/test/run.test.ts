import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type TestLab, yamlLab } from './lab.ts'

const note = '  todo: { type: files.note, on: shelf, name: todo, text: "buy milk\\nand bread" }\n'
const applied = async (): Promise<TestLab> => {
  const lab = await yamlLab(`${note}  box: { type: files.box, on: shelf, name: box }\n`)
  expect((await lab.run('apply --yes')).code).toBe(0)
  return lab
}

test('what can be done with a resource is listed, done, and answers with its own exit code', {
  timeout: 60_000,
}, async () => {
  const lab = await applied()
  expect((await lab.run('run todo')).out).toMatchInlineSnapshot(`
    "Actions of files.note:

      show               Show its text
        --loud           In capitals
        --lines          Only so many lines
      append -- WORD...  Write more into it, from standard input when no words are given
    "
  `)
  expect((await lab.run('run box')).out).toBe('files.box has no actions.\n')
  expect(await lab.run('run todo show')).toEqual({ code: 0, out: 'buy milk\nand bread\n', err: '' })
  expect(await lab.run('run todo show --loud --lines 1')).toEqual({ code: 0, out: 'BUY MILK\n', err: '' })
  expect(await lab.run('run todo append -- --loud fail')).toEqual({ code: 7, out: '', err: 'appended\n' })
  expect((await lab.run('run todo show --lines=5')).out).toBe('buy milk\nand bread --loud fail\n')
  await lab.run('run todo append input', { input: 'from a pipe' })
  expect((await lab.run('run todo show')).out).toBe('buy milk\nand bread --loud fail from a pipe\n')
  // It is drift like any other.
  expect((await lab.run('plan --detailed-exitcode')).code).toBe(2)
})

test('nothing is done to what is not there, not ours or not understood', { timeout: 60_000 }, async () => {
  const lab = await applied()
  const said = async (args: string) => {
    const { code, out, err } = await lab.run(args)
    expect([code, out]).toEqual([1, ''])
    return err
  }
  expect(await said('run tofo show')).toMatchInlineSnapshot(`
    "Error: There is no resource "tofo" in the config [unknown_address]
      → Did you mean "todo"?
    "
  `)
  expect(await said('run todo shwo')).toMatchInlineSnapshot(`
    "Error: files.note has no action "shwo" [unknown_action]
      at todo
      → Did you mean "show"?
    "
  `)
  expect(await said('run todo show --luod')).toMatchInlineSnapshot(`
    "Error: lares run todo show has no option "--luod" [usage]
      → Did you mean "--loud"? "lares run todo show --help" shows what there is.
    "
  `)
  expect(await said('run todo show --lines none')).toMatchInlineSnapshot(`
    "Error: Expected number, received NaN [invalid_input]
      at todo › lines
    "
  `)
  expect(await said('run todo show much')).toMatchInlineSnapshot(`
    "Error: "much" is too much [usage]
      → lares run todo show takes options only.
    "
  `)
  expect(await said('run todo append')).toMatchInlineSnapshot(`
    "Error: Something is missing [usage]
      → Write lares run todo append -- WORD...
    "
  `)
  await writeFile(
    join(lab.shelf, 'todo.json'),
    JSON.stringify({ owner: { lab: 'other', address: 'todo' }, body: { name: 'todo', text: 'theirs' } }),
  )
  expect(await said('run todo append -- mine')).toMatchInlineSnapshot(`
    "Error: files.note "todo" already exists, and it belongs to "todo" of the lab "other" [already_exists]
      at todo
      → To take it over: lares import todo. Otherwise give this resource another name, or remove the object by hand.
    "
  `)
})
