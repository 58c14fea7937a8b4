import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { commands } from '../src/commands.ts'
import { testLab, yamlLab } from './lab.ts'

test('what is misspelt is suggested', async () => {
  const lab = await testLab()
  const errors = []
  for (const args of [
    'plna',
    '--config x plan',
    'plan --tagret x',
    'state lst',
    'plan --out',
    'plan everything',
    'output a b',
    'state',
    'help pln',
  ]) {
    const { code, out, err } = await lab.run(args)
    expect([args, code, out]).toEqual([args, 1, ''])
    errors.push(err)
  }
  expect(errors.join('\n')).toMatchInlineSnapshot(`
    "Error: lares has no command "plna" [usage]
      → Did you mean "plan"? "lares --help" shows what there is.

    Error: "--config" stands before the command [usage]
      → Options come after it. "lares --help" shows what there is.

    Error: lares plan has no option "--tagret" [usage]
      → Did you mean "--target"? "lares plan --help" shows what there is.

    Error: lares state has no command "lst" [usage]
      → Did you mean "list"? "lares state --help" shows what there is.

    Error: --out needs a value [usage]
      → Write --out FILE. "lares plan --help" shows what there is.

    Error: "everything" is too much [usage]
      → It takes options only. "lares plan --help" shows what there is.

    Error: "b" is too much [usage]
      → It takes [NAME]. "lares output --help" shows what there is.

    Error: Something is missing [usage]
      → It takes list | show ADDRESS | history | restore SERIAL | forget ADDRESS... | unlock ID. "lares state --help" shows what there is.

    Error: lares has no command "pln" [usage]
      → Did you mean "plan"? "lares --help" shows what there is.
    "
  `)
})

test('help names every command, and each has its own with examples', async () => {
  const lab = await testLab()
  const { out } = await lab.run('--help')
  for (const name of Object.keys(commands)) expect(out).toContain(`\n  ${name} `)
  expect((await lab.run('help')).out).toBe(out)
  expect(await lab.run('')).toEqual({ code: 1, out: '', err: out })
  expect((await lab.run('plan --help')).out).toMatchInlineSnapshot(`
    "Show what apply would do.

    Usage
      lares plan

    Reads what is there and compares. Nothing is changed.

    Options
      -c, --config FILE              The config to use instead of the nearest lares.config.ts or lares.yaml
          --config-timeout TIME      How long the config may take to load (30s)
      -t, --target ADDRESS           Only this resource and what it needs; may be repeated
          --exclude ADDRESS          All but this resource and what needs it; may be repeated
          --replace ADDRESS          Make this one anew although nothing changed; may be repeated
          --allow-data-loss ADDRESS  Let this one be deleted or replaced with the data in it; may be repeated
          --parallelism N            How many actions may run at once (10)
          --lock-timeout TIME        How long to wait while another run holds the state (0s)
          --detailed-exitcode        Exit with 2 when there are changes
          --destroy                  Plan what destroy would do
          --out FILE                 Save the plan, for "lares apply FILE"
      -h, --help                     Show help for the command
          --json                     Write JSON for programs, one document a line
          --no-color                 Write without colour; so does NO_COLOR in the environment

    Examples
      # What would be done
      lares plan
      # Save the plan, look at it, carry out exactly that
      lares plan --out lab.plan && lares apply lab.plan
      # In CI: fail with 2 when reality is not as declared
      lares plan --detailed-exitcode
    "
  `)
  for (const [name, { summary, load }] of Object.entries(commands)) {
    const command = await load()
    expect(command.summary).toBe(summary)
    expect(command.examples.length, name).toBeGreaterThan(0)
    for (const example of command.examples) expect(example.command).toContain(`lares ${name}`)
  }
})

test('colour is for terminals and for those who ask', async () => {
  const lab = await testLab()
  expect((await lab.run('--help')).out).not.toContain('\x1b')
  expect((await lab.run('--help', { env: { FORCE_COLOR: '1' } })).out).toContain('\x1b[1m')
  expect((await lab.run('--help --no-color', { env: { FORCE_COLOR: '1' } })).out).not.toContain('\x1b')
})

test('the version costs nothing', async () => {
  const lab = await testLab()
  const { version } = JSON.parse(
    await (await import('node:fs/promises')).readFile(join(import.meta.dirname, '../package.json'), 'utf8'),
  ) as { version: string }
  expect(await lab.run('--version')).toEqual({ code: 0, out: `${version}\n`, err: '' })
})

test('bash completes commands, options and addresses of the lab', async () => {
  const lab = await yamlLab('  todo: { type: files.note, on: shelf, name: todo, text: a }\n')
  const script = await lab.run('completion bash')
  const main = join(import.meta.dirname, '../src/main.ts')
  await mkdir(lab.path('bin'))
  await writeFile(
    lab.path('bin/lares'),
    `#!/bin/sh\nexec ${process.execPath} --conditions=lares-source ${main} "$@"\n`,
    { mode: 0o755 },
  )
  const complete = async (...words: string[]) => {
    const commandLine = `${script.out}\nCOMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _lares 2>/dev/null; printf '%s ' "\${COMPREPLY[@]}"`
    // Reading from a socket, as Node gives it one, it would take itself for a remote shell and run the tester's .bashrc.
    const { stdout } = await promisify(execFile)('bash', ['--norc', '-c', commandLine], {
      cwd: lab.directory,
      env: { ...process.env, PATH: `${lab.path('bin')}:${process.env['PATH']}` },
    })
    return stdout.trim().split(/\s+/)
  }
  expect(await complete('lares', 'de')).toEqual(['destroy'])
  expect(await complete('lares', 'state', 're')).toEqual(['restore'])
  expect(await complete('lares', 'plan', '--ta')).toEqual(['--target'])
  expect(await complete('lares', 'plan', '--target', '')).toEqual(['shelf', 'todo'])
  expect(await complete('lares', 'state', 'show', 'to')).toEqual(['todo'])
  expect(await complete('lares', 'outdated', 'shelf', 'to')).toEqual(['todo'])
})

test('the scripts of all shells offer every command', async () => {
  const lab = await testLab()
  for (const shell of ['bash', 'zsh', 'fish']) {
    const { code, out } = await lab.run(`completion ${shell}`)
    expect(code).toBe(0)
    for (const name of Object.keys(commands)) expect(out).toContain(name)
    expect(out).toContain('allow-data-loss')
  }
})

test('a reader that leaves early does no harm', async () => {
  const lab = await yamlLab('  todo: { type: files.note, on: shelf, name: todo, text: a }\n')
  const main = join(import.meta.dirname, '../src/main.ts')
  const commandLine = `${process.execPath} --conditions=lares-source ${main} apply --yes 2>&1 | head -c 1; echo; cat shelf/todo.json`
  const { stdout } = await promisify(execFile)('sh', ['-c', commandLine], { cwd: lab.directory })
  expect(stdout).toContain('"text":"a"')
})

test('with --json a failure is told as events, whatever the command', async () => {
  const lab = await testLab({ 'lares.yaml': 'name: home\nplugins: [nowhere]\n' })
  for (const args of ['plan --json', 'graph --json', 'validate --json', 'plan --json --nope']) {
    const { code, out, err } = await lab.run(args)
    expect([args, code, err]).toEqual([args, 1, ''])
    for (const line of out.trim().split('\n')) {
      expect(JSON.parse(line)).toMatchObject({ version: 1, type: 'diagnostic', diagnostic: { severity: 'error' } })
    }
  }
})

test('an address that nobody knows is refused before anything is done', async () => {
  const lab = await yamlLab('  todo: { type: files.note, on: shelf, name: todo, text: a }\n')
  const errors = []
  for (const option of [
    '--target tood',
    '--exclude tood',
    '--replace tood',
    '--allow-data-loss tood',
    '--parallelism 0',
    '--lock-timeout soon',
  ]) {
    const { code, err } = await lab.run(`plan ${option}`)
    errors.push(`${code} ${option}\n${err}`)
  }
  expect(errors.join('\n')).toMatchInlineSnapshot(`
    "1 --target tood
    Error: There is no resource "tood" in the config or the state [unknown_address]
      → Did you mean "todo"?

    1 --exclude tood
    Error: There is no resource "tood" in the config or the state [unknown_address]
      → Did you mean "todo"?

    1 --replace tood
    Error: There is no resource "tood" in the config or the state [unknown_address]
      → Did you mean "todo"?

    0 --allow-data-loss tood

    1 --parallelism 0
    Error: --parallelism takes a whole number from 1, and "0" is none [usage]

    1 --lock-timeout soon
    Error: "soon" is no duration [invalid_input]
      at --lock-timeout
      → Write <time>, 30s, 5m or 1h30m.
    "
  `)
})

test('graph, schema and plugins show what the config declares', async () => {
  const lab = await yamlLab(`  one: { type: files.note, on: shelf, name: one, text: a }
  two: { type: files.note, on: shelf, name: two, text: '\${one.text}' }
`)
  expect((await lab.run('graph')).out).toMatchInlineSnapshot(`
    "digraph "home" {
      rankdir=LR
      node [shape=box, style=rounded, fontname=sans]
      subgraph "cluster_shelf" {
        "shelf" [label="shelf\\nfiles.shelf"]
        "one" [label="one\\nfiles.note"]
        "two" [label="two\\nfiles.note"]
      }
      "two" -> "one"
    }
    "
  `)
  expect((await lab.run('graph --mermaid')).out).toMatchInlineSnapshot(`
    "flowchart LR
      subgraph n0_box["shelf"]
        n0["shelf<br/>files.shelf"]
        n1["one<br/>files.note"]
        n2["two<br/>files.note"]
      end
      n2 --> n1
    "
  `)
  expect((await lab.run('plugins')).out).toMatchInlineSnapshot(`
    "lares-plugin-files 1.2.3
      files.shelf  unverified  A directory that holds notes and boxes
      files.note   unverified  A text in a JSON file
      files.box    unverified  A file that holds data
      files.album  unverified  A box of pictures, a cover, and a note that says where it is
    "
  `)
  const schema = JSON.parse((await lab.run('schema')).out) as { $defs: object }
  expect(Object.keys(schema.$defs)).toEqual(['files.shelf', 'files.note', 'files.box', 'files.album'])
  expect((await lab.run('validate')).out).toBe('Valid. home declares 3 resources.\n')
})
