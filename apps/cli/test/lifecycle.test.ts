import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { onShelf, type TestLab, yamlLab } from './lab.ts'

const note = (name: string, more: string) => `  ${name}: { type: files.note, on: shelf, name: ${name}, ${more} }\n`
const box = '  box: { type: files.box, on: shelf, name: box }\n'

const sheet = (lab: TestLab, name: string) => join(lab.shelf, `${name}.json`)
const tamper = async (lab: TestLab, name: string, body: object) => {
  const file = sheet(lab, name)
  const found = JSON.parse(await readFile(file, 'utf8')) as { body: object }
  await writeFile(file, JSON.stringify({ ...found, body: { ...found.body, ...body } }))
}

const events = (out: string) =>
  out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { version: number; type: string; exitCode?: number })

test('a lab is planned, applied, left alone, changed, drifted, repaired and destroyed', {
  timeout: 60_000,
}, async () => {
  const lab = await yamlLab(`${note('todo', 'text: buy milk')}${note('list', "text: 'see ${todo.text}'")}${box}outputs:
  first: \${todo.text}
`)
  const planned = await lab.run('plan --detailed-exitcode')
  expect(planned.code).toBe(2)
  expect(planned.out).toMatchInlineSnapshot(`
    "On shelf
        +  shelf  files.shelf  create (new)
        ?  todo   files.note   create or nothing (new), decided after shelf is ready
        ?  list   files.note   create or nothing (new), decided after shelf is ready
        ?  box    files.box    create or nothing (new), decided after shelf is ready

    Outputs
        +  first = (known after apply)

    Plan: 4 to create; 3 of these decided on the way.
    "
  `)

  const applied = await lab.run('apply --yes')
  expect(applied.code).toBe(0)
  expect(applied.out.slice(applied.out.indexOf('Finished'))).toMatchInlineSnapshot(`
    "Finished: 4 done in <time>.

    Outputs
      first = buy milk
    "
  `)
  expect(applied.err).toContain('    +  list created <time>\n')
  expect((await lab.run('output first')).out).toBe('buy milk\n')
  expect((await lab.run('output --json')).out).toBe('{"first":"buy milk"}\n')

  const again = await lab.run('apply')
  expect(again).toEqual({ code: 0, out: 'No changes. The lab is as declared.\n', err: '' })

  await tamper(lab, 'todo', { text: 'buy beer' })
  const drifted = await lab.run('drift --detailed-exitcode')
  expect(drifted.code).toBe(2)
  expect(drifted.out).toMatchInlineSnapshot(`
    "todo  files.note on shelf  has changed
        text: "buy beer", declared "buy milk"

    1 resource has drifted. "lares apply" brings back what the config says.
    "
  `)

  await lab.write({ 'lares.yaml': onShelf(note('todo', 'text: buy milk, format: markdown')) })
  const changed = await lab.run('plan')
  expect(changed.out).toMatchInlineSnapshot(`
    "On shelf
        -  list  files.note  delete (removed)
      -/+  todo  files.note  replace (drifted, changed)
            the old one is deleted before the new one is created
            text:   "buy beer" -> "buy milk"  [live, drifted]
            format: "plain" -> "markdown"  [needs a new object, changed]
        =  box   files.box   keep (removed)
            holds data, so it stays; to delete it: --allow-data-loss box

    Outputs
        -  first = "buy milk"

    Plan: 1 to delete, 1 to replace, 1 to keep.
    "
  `)
  const replaced = await lab.run('apply --yes')
  expect(replaced.code, replaced.err).toBe(0)

  const destroyed = await lab.run('destroy --yes --allow-data-loss box')
  expect(destroyed.code).toBe(0)
  expect(destroyed.out).toMatchInlineSnapshot(`
    "On shelf
        -  todo   files.note   delete (asked)
        -  box    files.box    delete (asked)
        -  shelf  files.shelf  delete (asked)

    Plan: 3 to delete.

    Finished: 3 done in <time>.
    "
  `)
  await expect(stat(lab.shelf)).rejects.toMatchObject({ code: 'ENOENT' })
})

test('without a terminal nothing is applied unasked', async () => {
  const lab = await yamlLab(note('todo', 'text: a'))
  const { code, err } = await lab.run('apply')
  expect(code).toBe(1)
  expect(err).toMatchInlineSnapshot(`
    "Error: Nothing was done: there is nobody to ask [consent_needed]
      → Look at "lares plan", then "lares apply --yes"; or "lares plan --out FILE" and "lares apply FILE".
    "
  `)
  await expect(stat(lab.shelf)).rejects.toMatchObject({ code: 'ENOENT' })
})

test('a saved plan is carried out once, and only while nothing has moved', async () => {
  const lab = await yamlLab(note('todo', 'text: a'))
  await lab.run('apply --yes')
  await lab.write({ 'lares.yaml': onShelf(note('todo', 'text: b')) })
  expect((await lab.run('plan --out lab.plan')).out).toContain('To do exactly this: lares apply lab.plan')
  expect((await stat(lab.path('lab.plan'))).mode & 0o777).toBe(0o600)
  expect((await lab.run('apply lab.plan')).code).toBe(0)
  expect((await lab.run('apply lab.plan')).err).toMatchInlineSnapshot(`
    "Error: The state has changed since the plan was saved [plan_stale]
      plan: serial 1, state: serial 2
      → Make a new plan: lares plan --out FILE
    "
  `)
  expect((await lab.run('apply lares.yaml')).err).toMatchInlineSnapshot(`
    "Error: lares.yaml cannot be used: it is no saved plan [plan_unreadable]
      → Make one with: lares plan --out FILE
    "
  `)
})

test('a failure skips what needs it, the rest is done, and the next apply goes on', async () => {
  const lab = await yamlLab(
    note('bad', 'text: a, fails: the pen is empty') + note('needs', "text: '${bad.text}'") + note('good', 'text: c'),
  )
  const { code, out, err } = await lab.run('apply --yes')
  expect(code).toBe(1)
  expect(out.slice(out.indexOf('Not finished'))).toMatchInlineSnapshot(`
    "Not finished: 2 done, 1 failed, 1 skipped in <time>.
    "
  `)
  expect(err.slice(err.indexOf('\nError'))).toMatchInlineSnapshot(`
    "
    Error: Cannot create it: the pen is empty [ink_empty]
      at bad

    → What was done is recorded. Mend what failed, and "lares apply" goes on from there.
    "
  `)
  await lab.write({
    'lares.yaml': onShelf(note('bad', 'text: a') + note('needs', "text: '${bad.text}'") + note('good', 'text: c')),
  })
  const next = await lab.run('apply --yes')
  expect(next.code).toBe(0)
  expect(next.out).toContain('2 to create')
})

test('what does not answer is left alone, the rest is done, and the exit code says so', async () => {
  const lab = await yamlLab(note('todo', 'text: a') + note('list', "text: '${todo.text}'"))
  await lab.run('apply --yes')
  await lab.write({
    'shelf/closed': '',
    'lares.yaml': `${onShelf(note('todo', 'text: b'))}  attic: { type: files.shelf, path: ./attic }\n`,
  })
  const { code, out, err } = await lab.run('apply --yes')
  expect(code).toBe(3)
  expect(out).toMatchInlineSnapshot(`
    "On shelf
        !  todo  files.note  left alone: its host does not answer
        !  list  files.note  left alone: its host does not answer

    This machine
        +  attic  files.shelf  create (new)

    Plan: 1 to create; 2 left alone.

    Warning: Cannot connect to shelf (shelf): nobody answers at ./shelf [unreachable]
      at shelf

    Finished: 1 done, 2 did not answer in <time>.
    "
  `)
  expect(err).toMatchInlineSnapshot(`
    "    !  Cannot connect to shelf (shelf): nobody answers at ./shelf
        .  list skipped: its host does not answer
        .  todo skipped: its host does not answer
           attic creating
        +  attic created <time>

    → When it answers again, "lares apply" does the rest; "lares doctor" shows what is reachable.
    "
  `)
  expect((await lab.run('plan --detailed-exitcode')).code).toBe(3)
  expect((await lab.run('doctor')).out).toMatchInlineSnapshot(`
    "ok   lares            0.0.0 on Node <version>
    ok   config           <lab>/lares.yaml, 3 resources
    ok   plugin           lares-plugin-files 1.2.3, 3 resource types
    ok   state            <lab>/.lares, format 1, serial 2, 4 resources, not locked
    ok   key              <lab>/.lares/key
    BAD  shelf of shelf   Cannot connect to shelf (shelf): nobody answers at ./shelf
    ok   shelf of attic   answers in <time>, ./attic
    "
  `)
})

test('what stands in the way of a resource is told by doctor, and is no failure', async () => {
  const lab = await yamlLab(note('todo', "text: faded, token: '${secret.env.TOKEN}'") + note('list', 'text: fine'))
  const env = { TOKEN: 'hunter2' }
  await lab.run('apply --yes', { env })
  const { code, out } = await lab.run('doctor', { env })
  expect(code).toBe(0)
  expect(out.slice(out.indexOf('ok   shelf'))).toMatchInlineSnapshot(`
    "ok   shelf of shelf   answers in <time>, ./shelf
    ?    todo             The sun shines on it
         It is (secret).
         → Draw the curtain.
    ?    todo             It is damp there
    "
  `)
  const findings = (await lab.run('doctor --json', { env })).out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(findings.at(-1)).toMatchObject({ about: 'todo', state: 'unsure', diagnostics: [{ code: 'damp' }] })
  await lab.write({ 'lares.yaml': onShelf(note('list', 'text: fine')) })
  expect((await lab.run('doctor', { env })).out).toContain('Everything is in order.')
})

test('an object that is not ours is refused, listed and taken over', async () => {
  const lab = await yamlLab('')
  await lab.run('apply --yes')
  await writeFile(sheet(lab, 'todo'), JSON.stringify({ body: { name: 'todo', text: 'theirs' } }))
  await lab.write({ 'lares.yaml': onShelf(note('todo', 'text: ours')) })
  const refused = await lab.run('plan')
  expect(refused.code).toBe(1)
  expect(refused.out).toMatchInlineSnapshot(`
    "On shelf
        !  todo  files.note  left alone: see below

    No changes, as far as could be seen.

    Error: files.note "todo" already exists, and this lab did not make it [already_exists]
      at todo
      → To take it over: lares import todo. Otherwise give this resource another name, or remove the object by hand.
    "
  `)
  expect((await lab.run('apply --yes')).code).toBe(3)
  expect((await lab.run('import files.note --on shelf')).out).toMatchInlineSnapshot(`
    "1 files.note that no lab owns. Put what you want into the config:

      todo:
        type: files.note
        on: shelf
        name: "todo"
        text: "theirs"

    Then take it over: lares import todo
    "
  `)
  const adopted = await lab.run('import todo --yes')
  expect(adopted.code).toBe(0)
  expect(adopted.out).toMatchInlineSnapshot(`
    "On shelf
        ~  todo  files.note  update, live (asked)
            text: "theirs" -> "ours"  [live, changed]

    Plan: 1 to update.

    Finished: 1 done in <time>.
    "
  `)
  expect(await readFile(sheet(lab, 'todo'), 'utf8')).toContain('ours')
})

test('events are one JSON document a line, and nothing else is on standard output', async () => {
  const lab = await yamlLab(note('todo', 'text: a'))
  const { code, out, err } = await lab.run('apply --yes --json')
  expect(code).toBe(0)
  expect(err).toBe('')
  const seen = events(out)
  expect(new Set(seen.map(({ version }) => version))).toEqual(new Set([1]))
  expect(seen.at(-1)).toEqual({ version: 1, type: 'command.finished', exitCode: 0 })
  expect([...new Set(seen.map(({ type }) => type))]).toMatchInlineSnapshot(`
    [
      "observe.started",
      "observe.finished",
      "plan.finished",
      "action.started",
      "action.finished",
      "connection.opened",
      "apply.finished",
      "command.finished",
    ]
  `)
  const failed = await lab.run('apply --jason')
  expect(failed.code).toBe(1)
  expect(failed.out).toBe('')
})

test('a secret is in no output, file or event, and its change is seen', { timeout: 60_000 }, async () => {
  const lab =
    await yamlLab(`${note('todo', "text: 'Bearer ${secret.env.TOKEN}', token: '${secret.command.cat ./token}'")}outputs:
  token: \${todo.token}
`)
  const values = { env: { TOKEN: 'hunter2-from-env' } }
  await lab.write({ token: 'hunter2-from-file\n' })
  const texts = []
  for (const args of [
    'plan --out lab.plan',
    'apply lab.plan',
    'apply --yes --json',
    'state show todo',
    'state show todo --json',
    'output',
    'output --json',
    'doctor',
    'import files.note --on shelf --json',
  ]) {
    const { code, out, err } = await lab.run(args, values)
    expect(code, `${args}\n${out}${err}`).toBe(0)
    texts.push(out, err)
  }
  for (const file of ['lab.plan', '.lares/state.json']) texts.push(await lab.read(file))
  expect(texts.filter((text) => text.includes('hunter2'))).toEqual([])
  expect(await readFile(sheet(lab, 'todo'), 'utf8')).toContain('Bearer hunter2-from-env')
  const changed = await lab.run('plan', { env: { TOKEN: 'hunter3-from-env' } })
  expect(changed.out).toMatchInlineSnapshot(`
    "On shelf
        ~  todo  files.note  update, live (changed)
            text: (secret) differs  [live, changed]

    Plan: 1 to update.
    "
  `)
})

test('a secret that is missing, in all ways at once', async () => {
  const lab = await yamlLab(
    note('a', "text: '${secret.env.NO_TOKEN}'") +
      note('b', "text: '${secret.file.no-file}'") +
      note('c', "text: '${secret.command.no-program x}'"),
  )
  const { code, err } = await lab.run('plan')
  expect(code).toBe(1)
  expect(err).toMatchInlineSnapshot(`
    "Error: The secret NO_TOKEN is not in the environment [secret_missing]
      → Set it for the command: NO_TOKEN=… lares …

    Error: The secret from the command "no-program" cannot be had: there is no such program [secret_missing]

    Error: The secret file no-file cannot be read: there is no such file [secret_missing]

    3 problems.
    "
  `)
})

test('drift says by its exit code when something could not be looked at', { timeout: 60_000 }, async () => {
  const lab = await yamlLab(note('todo', 'text: buy milk') + note('list', 'text: see'))
  await lab.run('apply --yes')
  expect(await lab.run('drift')).toMatchObject({ code: 0, out: 'No drift. What is there is what was recorded.\n' })
  await tamper(lab, 'list', { text: 'seen' })
  await writeFile(sheet(lab, 'todo'), 'torn {')
  const torn = await lab.run('drift --detailed-exitcode')
  expect(torn.code).toBe(1)
  expect(torn.out).toContain('1 resource has drifted; 1 resource could not be looked at.')
  await tamper(lab, 'list', { text: 'see' })
  const unchanged = await lab.run('drift')
  expect(unchanged.code).toBe(1)
  expect(unchanged.out).toContain(
    'No drift; 1 resource could not be looked at. What could be seen is what was recorded.',
  )
})
