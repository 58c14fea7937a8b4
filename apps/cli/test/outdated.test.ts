import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { yamlLab } from './lab.ts'

const notes = (texts: readonly string[], more = '') =>
  texts.map((text) => `  ${text}: { type: files.note, on: shelf, name: ${text}, text: ${text}${more} }\n`).join('')

test('what is newer stands in a table, what is not is counted', async () => {
  const lab = await yamlLab(notes(['newest', 'moved', 'old', 'handmade', 'collection', 'plain']))
  expect((await lab.run('apply --yes')).code).toBe(0)
  await rm(join(lab.shelf, 'handmade.json'))
  const { code, out, err } = await lab.run('outdated')
  expect([code, err]).toEqual([0, ''])
  expect(out).toMatchInlineSnapshot(`
    "ADDRESS     IN USE        SAME NAME NOW        SAME MAJOR    NEWER MAJOR
    moved       atlas:latest  sha256:bbbbbbbbbbbb
    old         atlas:1.2.3                        1.2.9, 1.4.0  3.1.0
    collection
      maps      maps:2.0                           2.1
      notes     notes:1       sha256:cccccccccccc

    6 editions in use: 4 outdated (2 under the same name, 2 with newer versions), 2 up to date; 1 resource not there yet.
    "
  `)
  expect((await lab.run('outdated collection newest --all')).out).toMatchInlineSnapshot(`
    "ADDRESS     IN USE     SAME NAME NOW        SAME MAJOR
    collection
      maps      maps:2.0                        2.1
      index     index:1                                     up to date
      notes     notes:1    sha256:cccccccccccc
    newest      atlas:3.1                                   up to date

    4 editions in use: 2 outdated (1 under the same name, 1 with newer versions), 2 up to date.
    "
  `)
  expect((await lab.run('outdated newest')).out).toMatchInlineSnapshot(`
    "1 edition in use: nothing newer, 1 up to date.
    "
  `)
  expect((await lab.run('outdated plain')).out).toMatchInlineSnapshot(`
    "Nothing is in use of which there could be something newer.
    "
  `)
  expect((await lab.run('outdated newest --detailed-exitcode')).code).toBe(0)
  expect((await lab.run('outdated --detailed-exitcode')).code).toBe(2)
})

test('what cannot be found out is told beside the table, without secrets, and of its resource alone', async () => {
  const lab = await yamlLab(notes(['newest', 'lost', 'handmade'], ", token: '${secret.env.TOKEN}'"))
  const env = { TOKEN: 'hunter2' }
  expect((await lab.run('apply --yes', { env })).code).toBe(0)
  const shown = await lab.run('outdated --all', { env })
  expect(`${shown.code}\n${shown.out}${shown.err}`).toMatchInlineSnapshot(`
    "0
    ADDRESS   IN USE
    newest    atlas:3.1   up to date
    lost      atlas:9     the publisher could not be asked
    handmade  atlas:mine  made by hand

    3 editions in use: nothing newer, 1 up to date, 2 not compared.

    Error: Cannot tell what is outdated: the publisher knows no (secret) [unauthorized]
      at lost
      → Ask at the desk.
    "
  `)
  expect((await lab.run('outdated --detailed-exitcode', { env })).code).toBe(3)
  await rm(lab.shelf, { recursive: true })
  expect((await lab.run('outdated', { env })).out).toMatchInlineSnapshot(`
    "3 resources not there yet.
    "
  `)
})

test('for programs: one object for each resource, and no lock', async () => {
  const lab = await yamlLab(notes(['old', 'newest']))
  expect((await lab.run('apply --yes')).code).toBe(0)
  await lab.write({
    '.lares/lock': '{"id":"other","purpose":"apply","pid":1,"host":"elsewhere","since":"2026-01-01T00:00:00Z"}',
  })
  expect((await lab.run('plan')).code).toBe(1)
  const { code, out, err } = await lab.run('outdated --json')
  expect([code, err]).toEqual([0, ''])
  const [old, newest] = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(old).toEqual({
    address: 'old',
    type: 'files.note',
    on: 'shelf',
    status: 'present',
    inUse: [
      {
        kind: 'edition',
        name: 'atlas:1.2.3',
        version: '1.2.3',
        newer: [
          { version: '1.2.9', name: 'atlas:1.2.9', step: 'patch' },
          { version: '1.4.0', name: 'atlas:1.4.0', step: 'minor' },
          { version: '3.1.0', name: 'atlas:3.1.0', step: 'major' },
        ],
      },
    ],
    diagnostics: [],
  })
  expect(newest).toMatchObject({ address: 'newest', inUse: [{ newer: [] }] })
})

test('an address that cannot tell is refused', async () => {
  const lab = await yamlLab(notes(['old']))
  const { code, err } = await lab.run('outdated shelf')
  expect(code).toBe(1)
  expect(err).toMatchInlineSnapshot(`
    "Error: files.shelf does not tell what is outdated [cannot_tell]
      at shelf
      → These do: old.
    "
  `)
})
