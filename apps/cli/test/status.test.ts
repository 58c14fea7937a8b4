import { rm } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { onShelf, testLab, yamlLab } from './lab.ts'

const notes = (texts: readonly string[], more = '') =>
  texts.map((text) => `  ${text}: { type: files.note, on: shelf, name: ${text}, text: ${text}${more} }\n`).join('')

test('what is there, how it is doing, and what somebody should look after', async () => {
  const lab = await yamlLab(`${notes(['clean', 'gone', 'old'])}  safe: { type: files.box, on: shelf, name: safe }\n`)
  expect((await lab.run('status')).out).toMatchInlineSnapshot(`
    "On shelf
      +    shelf  files.shelf  not made yet
      +    clean  files.note   waits for what is not there yet
      +    gone   files.note   waits for what is not there yet
      +    old    files.note   waits for what is not there yet
      +    safe   files.box    waits for what is not there yet

    5 resources: 5 not made yet.
    "
  `)
  expect((await lab.run('apply --yes')).code).toBe(0)
  expect((await lab.run('status --detailed-exitcode')).code).toBe(0)
  await lab.write({ 'lares.yaml': onShelf(notes(['clean', 'gone', 'torn', 'worn'], ", token: '${secret.env.TOKEN}'")) })
  const env = { TOKEN: 'hunter2' }
  await lab.run('apply --yes --target torn --target worn', { env })
  await rm(`${lab.shelf}/gone.json`)
  const shown = await lab.run('status', { env })
  expect([shown.code, shown.err]).toEqual([0, ''])
  expect(shown.out).toMatchInlineSnapshot(`
    "On shelf
      ok   shelf  files.shelf  there
      ok   clean  files.note   legible
      BAD  gone   files.note   gone
      BAD  torn   files.note   torn in two
      !    worn   files.note   hard to read
           !    ink: only (secret) can be read
      -    safe   files.box    there, but no longer declared
      -    old    files.note   there, but no longer declared

    7 resources: 2 well, 1 degraded, 1 down, 1 gone, 2 no longer declared; 1 alert.
    "
  `)
  expect((await lab.run('status worn clean', { env })).out).toMatchInlineSnapshot(`
    "On shelf
      ok   clean  files.note  legible
      !    worn   files.note  hard to read
           !    ink: only (secret) can be read

    2 resources: 1 well, 1 degraded; 1 alert.
    "
  `)
  const codes = ['status', 'status clean', 'status worn', 'status torn', 'status gone'].map(
    async (command) => (await lab.run(`${command} --detailed-exitcode`, { env })).code,
  )
  expect(await Promise.all(codes)).toEqual([2, 0, 2, 2, 2])
  // A secret that cannot be read keeps nobody from looking.
  expect((await lab.run('status torn')).out).toContain('torn in two')
})

test('for programs: one document, and no lock', async () => {
  const lab = await yamlLab(notes(['worn']))
  await lab.run('apply --yes')
  await lab.write({
    '.lares/lock': '{"id":"other","purpose":"apply","pid":1,"host":"elsewhere","since":"2026-01-01T00:00:00Z"}',
  })
  const { code, out, err } = await lab.run('status --json')
  expect([code, err]).toEqual([0, ''])
  expect(JSON.parse(out)).toEqual({
    lab: 'home',
    resources: [
      { address: 'shelf', type: 'files.shelf', declared: true, status: 'present' },
      {
        ...{ address: 'worn', type: 'files.note', on: 'shelf', declared: true, status: 'present' },
        health: {
          state: 'degraded',
          summary: 'hard to read',
          alerts: [{ name: 'ink', severity: 'warning', summary: 'only undefined can be read' }],
        },
      },
    ],
    diagnostics: [],
  })
})

test('a host that does not answer is told once beside the table, and the exit code tells it', async () => {
  const lab = await testLab({
    'lares.yaml': `${onShelf(notes(['clean', 'worn']))}
  attic: { type: files.shelf, path: ./attic }
  one: { type: files.note, on: attic, name: one, text: one }
  two: { type: files.note, on: attic, name: two, text: two }
`,
  })
  expect((await lab.run('apply --yes')).code).toBe(0)
  await lab.write({ 'attic/closed': '' })
  const shown = await lab.run('status')
  expect(`${shown.code}\n${shown.out}${shown.err}`).toMatchInlineSnapshot(`
    "3
    On shelf
      ok   shelf  files.shelf  there
      ok   clean  files.note   legible
      !    worn   files.note   hard to read
           !    ink: only undefined can be read

    On attic
      ok   attic  files.shelf  there
      ?    one    files.note   not reached
      ?    two    files.note   not reached

    6 resources: 3 well, 1 degraded, 2 not reached; 1 alert.

    Warning: Cannot connect to attic (shelf): nobody answers at ./attic [unreachable]
      at attic
    "
  `)
  expect((await lab.run('status --detailed-exitcode')).code).toBe(2)
  expect((await lab.run('status clean')).code).toBe(0)
})

test('what cannot be told fails', async () => {
  const lab = await yamlLab(notes(['clean', 'illegible']))
  await lab.run('apply --yes')
  const shown = await lab.run('status')
  expect(`${shown.code}\n${shown.out}${shown.err}`).toMatchInlineSnapshot(`
    "1
    On shelf
      ok   shelf      files.shelf  there
      ok   clean      files.note   legible
      ?    illegible  files.note   could not be asked

    3 resources: 2 well, 1 unknown.

    Error: Cannot tell how it is doing: nobody can read it [illegible]
      at illegible
    "
  `)
  expect((await lab.run('status cleen')).err).toMatchInlineSnapshot(`
    "Error: There is no resource "cleen" in the config or the state [unknown_address]
      → Did you mean "clean"?
    "
  `)
})
