import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { describe, expect, test } from 'vitest'

const root = join(import.meta.dirname, '..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')

const sourcesIn = (directory: string): string[] =>
  readdirSync(join(root, directory), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && !/(^|\/)testing\//.test(name))
    .map((name) => join(directory, name))

const packages = [
  'core',
  'transport',
  ...readdirSync(join(root, 'packages')).filter((name) => name.startsWith('plugin-')),
]
const plugins = packages.filter((name) => name.startsWith('plugin-'))

/** What a file imports when it runs; types do not count. */
function importsOf(path: string): string[] {
  const found: string[] = []
  const add = (node?: ts.Node): void => {
    if (node && ts.isStringLiteral(node)) found.push(node.text)
  }
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) && !typesOnly(node.importClause)) add(node.moduleSpecifier)
    if (ts.isExportDeclaration(node) && !typesOnly(node)) add(node.moduleSpecifier)
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) add(node.arguments[0])
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile(path, read(path), ts.ScriptTarget.Latest))
  return found
}

function typesOnly(clause: ts.ImportClause | ts.ExportDeclaration | undefined): boolean {
  if (!clause) return false
  if (ts.isExportDeclaration(clause)) return clause.isTypeOnly || allTypes(clause.exportClause)
  return clause.phaseModifier === ts.SyntaxKind.TypeKeyword || (!clause.name && allTypes(clause.namedBindings))
}

const allTypes = (names: ts.NamedImportBindings | ts.NamedExportBindings | undefined): boolean =>
  names !== undefined &&
  (ts.isNamedImports(names) || ts.isNamedExports(names)) &&
  names.elements.length > 0 &&
  names.elements.every(({ isTypeOnly }) => isTypeOnly)

/** The text without comments. */
const code = (path: string): string =>
  read(path)
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/(^|\s)\/\/.*$/gm, '$1')

const core = 'packages/core/src'
const coreFiles = sourcesIn(core)
const inCore = (name: string) => join(core, `${name}.ts`)
const packagesOf = (path: string) =>
  importsOf(path).filter((from) => !from.startsWith('.') && !from.startsWith('node:') && !from.endsWith('.json'))

describe('the files of core', () => {
  test('each stands in the table of architecture.md, and no other', () => {
    const table = read('docs/architecture.md').split('## The files of core')[1]!.split('##')[0]!
    const named = [...table.matchAll(/`([a-z-]+\.ts)`/g)].map(([, name]) => name!)
    const rows = table.split('\n').filter((line) => line.startsWith('|'))
    expect(rows.length).toBeGreaterThan(20)
    expect([...new Set(named)].sort()).toEqual(coreFiles.map((path) => path.slice(core.length + 1)).sort())
  })
})

describe('what may import what', () => {
  test('core imports zod, and age-encryption in one file', () => {
    const imported = coreFiles.flatMap((path) => packagesOf(path).map((name) => [path, name]))
    const others = imported.filter(([, name]) => name !== 'zod')
    expect(others).toEqual([
      [inCore('secret'), 'age-encryption'],
      [inCore('secret'), 'age-encryption'],
    ])
    expect(imported.some(([, name]) => name === 'zod')).toBe(true)
  })

  test('graph imports nothing', () => {
    expect(importsOf(inCore('graph'))).toEqual([])
  })

  test.each(['reconcile', 'decide', 'diff', 'order', 'plan', 'ref', 'model', 'subject', 'value'])(
    '%s does no I/O',
    (name) => {
      const seen = new Set<string>()
      const follow = (path: string): void => {
        if (seen.has(path)) return
        seen.add(path)
        for (const from of importsOf(path)) if (from.startsWith('./')) follow(join(core, from.slice(2)))
      }
      follow(inCore(name))
      const nodes = [...seen].flatMap((path) => importsOf(path)).filter((from) => from.startsWith('node:'))
      expect(nodes.filter((from) => from !== 'node:crypto')).toEqual([])
    },
  )

  test.each(['observe', 'connections', 'execute', 'act'])('%s never imports what makes the plan', (name) => {
    expect(importsOf(inCore(name)).filter((from) => /\/(reconcile|order)\.ts$/.test(from))).toEqual([])
  })

  test('only the engine composes', () => {
    const stages = ['reconcile', 'execute', 'observe', 'model']
    const composers = coreFiles.filter((path) => stages.every((stage) => importsOf(path).includes(`./${stage}.ts`)))
    expect(composers).toEqual([inCore('engine')])
  })

  test.each(plugins)('%s imports core, transport and its own libraries, and depends on no other plugin', (plugin) => {
    const lares = (names: readonly string[]) => names.filter((name) => name === 'lares' || name.startsWith('@lares/'))
    const imported = lares(sourcesIn(`packages/${plugin}/src`).flatMap(packagesOf))
    expect(imported).toContain('@lares/core')
    const { dependencies = {}, peerDependencies = {} } = JSON.parse(read(`packages/${plugin}/package.json`))
    const all = [...imported, ...lares(Object.keys({ ...dependencies, ...peerDependencies }))]
    expect(all.filter((name) => !/^@lares\/(core|transport)(\/|$)/.test(name))).toEqual([])
  })

  test.each(packages)('%s reaches into the files of no other package', (name) => {
    const home = `packages/${name}/`
    const astray = sourcesIn(`${home}src`).flatMap((path) =>
      importsOf(path).filter((from) => from.startsWith('.') && !join(path, '..', from).startsWith(home)),
    )
    expect(astray).toEqual([])
  })

  test.each([
    ['prints', /\bconsole\.\w+\(/],
    ['ends the process', /\bprocess\.exit\b/],
    ['colours', /\\x1b\[|\\u001b\[|styleText/],
  ])('no package %s', (_, pattern) => {
    const files = packages.flatMap((name) => sourcesIn(`packages/${name}/src`))
    expect(files.filter((path) => pattern.test(code(path)))).toEqual([])
  })

  test('core looks at no environment and at no terminal', () => {
    expect(coreFiles.filter((path) => /\bprocess\.(env|std)/.test(code(path)))).toEqual([])
  })

  test('the command imports no plugin, and exits in one place', () => {
    const files = sourcesIn('apps/cli/src')
    expect(files.flatMap(packagesOf).filter((name) => name.startsWith('@lares/plugin-'))).toEqual([])
    const exits = files.filter((path) => read(path).includes('process.exit('))
    expect(exits).toEqual(['apps/cli/src/main.ts'])
  })

  test('nothing imports node:http, which costs every run 40 ms: it is taken by process.getBuiltinModule', () => {
    const all = ['apps/cli', ...packages.map((name) => `packages/${name}`)]
    const importing = all
      .flatMap((name) => sourcesIn(`${name}/src`))
      .filter((path) => importsOf(path).some((from) => /^node:https?$/.test(from)))
    expect(importing).toEqual([])
  })
})
