import { execFileSync } from 'node:child_process'
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { buildModel, labFromDocument, pluginOf } from '@lares/core'
import cloudflare from '@lares/plugin-cloudflare'
import docker from '@lares/plugin-docker'
import host from '@lares/plugin-host'
import ipmi from '@lares/plugin-ipmi'
import kvm from '@lares/plugin-kvm'
import netdata from '@lares/plugin-netdata'
import nfs from '@lares/plugin-nfs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { afterWords, parseArguments } from '../apps/cli/src/arguments.ts'
import { actionOptions } from '../apps/cli/src/commands/run.ts'
import { commands } from '../apps/cli/src/commands.ts'
import { commonOptions } from '../apps/cli/src/options.ts'
import { type Block, blocksOf, sessionOf } from './testing/blocks.ts'
import { typeErrors } from './testing/types.ts'

const root = join(import.meta.dirname, '..')
const plugins = [host, docker, kvm, nfs, netdata, ipmi, cloudflare].map((plugin) => pluginOf(plugin)!)
const pages = globSync(['*.md', 'docs/**/*.md', 'packages/*/README.md', 'e2e/*.md', 'benchmarks/*.md'], {
  cwd: root,
}).sort()
const textOf = (page: string) => readFileSync(join(root, page), 'utf8')

interface Placed extends Block {
  page: string
}
/** Blocks of one language that are no part of the plugin guide, which has a test of its own. */
const blocks = (...languages: string[]): Placed[] =>
  pages
    .flatMap((page) => blocksOf(textOf(page)).map((block) => ({ ...block, page })))
    .filter(({ language, file }) => languages.includes(language) && file === undefined)
const place = ({ page, line }: Placed) => `${page}:${line}`

test('every page is looked at', () => {
  expect(pages).toEqual(
    expect.arrayContaining(['README.md', 'CONTRIBUTING.md', 'docs/config.md', 'packages/core/README.md']),
  )
})

describe('TypeScript', () => {
  // The READMEs of transport and Docker are run by the tests of these packages.
  const examples = blocks('ts').filter(({ page }) => !/packages\/(transport|plugin-docker)\//.test(page))
  const nameOf = ({ page, line }: Placed) => `${page.replace(/\W/g, '-')}-${line}.ts`
  let directory: string

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'lares-docs-'))
    symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'))
    writeFileSync(join(directory, 'package.json'), '{ "type": "module" }')
    const tsconfig = { extends: join(root, 'tsconfig.base.json'), include: ['*.ts'] }
    writeFileSync(join(directory, 'tsconfig.json'), JSON.stringify(tsconfig))
    for (const example of examples) writeFileSync(join(directory, nameOf(example)), example.text)
  })
  afterAll(() => rmSync(directory, { recursive: true }))

  test('compiles', { timeout: 320_000 }, async () => {
    expect(examples.length).toBeGreaterThan(5)
    expect(await typeErrors(directory)).toEqual([])
  })

  test.each([
    [0, /^\S.*, \d+ processors\n$/],
    [1, /^observe\.started[\s\S]*adopt here; because new[\s\S]*\n1 done, 0 failed\n$/],
  ])('example %i of core runs', { timeout: 90_000 }, (index, expected) => {
    const example = examples.filter(({ page }) => page === 'packages/core/README.md')[index]!
    const file = join(directory, nameOf(example))
    const args = ['--conditions=lares-source', '--disable-warning=ExperimentalWarning', file]
    const cwd = join(directory, String(index))
    mkdirSync(cwd)
    expect(execFileSync(process.execPath, args, { cwd, encoding: 'utf8', timeout: 60_000 })).toMatch(expected)
  })
})

describe('YAML', () => {
  test.each(blocks('yaml').map((block) => [place(block), block] as const))('%s is a valid lab', (_, { text }) => {
    const lab = labFromDocument(parse(text, { merge: true }), plugins)
    const { model, diagnostics } = buildModel(lab)
    expect(diagnostics).toEqual([])
    expect(model.resources.size).toBeGreaterThan(0)
  })
})

describe('shell', () => {
  const lines = [
    ...blocks('sh').flatMap((block) => block.text.split('\n').map((line) => [block, line] as const)),
    ...blocks('console').flatMap((block) => sessionOf(block.text).map(({ command }) => [block, command] as const)),
  ].map(([block, line]) => [place(block), line.replace(/\s+#.*$|\s+[<>] \S+/g, '').trim()] as const)
  const { scripts } = JSON.parse(textOf('package.json')) as { scripts: Record<string, string> }

  const lares = lines.flatMap(([at, line]) =>
    line.split(/ (?:&&|\|) /).flatMap((part) => {
      const [, words] = /^(?:npx |npm run )?lares (?:-- )?(.*)$/.exec(part) ?? []
      return words === undefined ? [] : [[at, words] as const]
    }),
  )
  test.each(lares)('%s: lares %s', async (_, words) => {
    const [name = '', ...argv] = words.split(/\s+/)
    const entry = commands[name]
    expect(Object.keys(commands)).toContain(name)
    const command = await entry!.load()
    const specs = { ...commonOptions, ...command.options }
    const end = command.rest === undefined ? argv.length : afterWords(specs, argv, command.rest)
    const parsed = parseArguments(specs, argv.slice(0, end))
    expect(parsed).toHaveProperty('positionals')
    const { positionals } = parsed as { positionals: string[] }
    expect(positionals.length).toBeGreaterThanOrEqual(command.positionals.min)
    expect(positionals.length).toBeLessThanOrEqual(command.positionals.max)
    if (command.subcommands) expect(Object.keys(command.subcommands)).toContain(positionals[0])
    const [, action] = positionals
    if (name !== 'run' || action === undefined) return
    const types = plugins
      .flatMap((plugin) => [...plugin.types.values()])
      .filter(({ actions = {} }) => action in actions)
    expect(types.map((type) => parseArguments(actionOptions(type, action), argv.slice(end)))).toContainEqual(
      expect.objectContaining({ positionals: expect.anything() }),
    )
  })

  test('npm scripts and files that are named exist', () => {
    const run = lines.flatMap(([at, line]) =>
      [...line.matchAll(/npm (?:run )?([\w-]+)/g)].map(([, name]) => [at, name!]),
    )
    const known = [...Object.keys(scripts), 'install']
    expect(run.filter(([, name]) => !known.includes(name!))).toEqual([])
    const files = lines.flatMap(([at, line]) =>
      [...line.matchAll(/(?:^|\s)((?:e2e|packages|docs|apps)\/[\w./-]+)/g)].map(([, file]) => [at, file!]),
    )
    expect(files.filter(([, file]) => !existsSync(join(root, file!)))).toEqual([])
  })
})

test('links inside the repository lead somewhere', () => {
  const dead = pages.flatMap((page) =>
    [...textOf(page).matchAll(/\]\(([^)#\s]+)[^)]*\)/g)]
      .map(([, target]) => target!)
      .filter((target) => !/^\w+:/.test(target) && !existsSync(join(root, dirname(page), target)))
      .map((target) => `${page}: ${target}`),
  )
  expect(dead).toEqual([])
})

test('codes of diagnostics that are explained exist', () => {
  const sources = globSync('{packages,apps}/*/src/**/*.ts', { cwd: root })
    .filter((path) => !path.includes('.test.'))
    .map(textOf)
    .join('\n')
  const table = textOf('docs/state.md')
    .split('\n')
    .filter((line) => line.startsWith('| `'))
  const codes = table.flatMap((line) => [...line.split('|')[1]!.matchAll(/`(\w+)`/g)].map(([, code]) => code!))
  expect(codes.length).toBeGreaterThan(6)
  expect(codes.filter((code) => !sources.includes(`code: '${code}'`))).toEqual([])
})
