import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '../../..')

/** The TypeScript files below a directory, without tests. */
const sources = (directory: string): string[] =>
  readdirSync(join(root, directory), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.name.endsWith('.test.ts'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .sort()

interface Import {
  file: string
  /** A package, or a file of the repository. */
  from: string
  typeOnly: boolean
  lazy: boolean
}

function importsOf(file: string): Import[] {
  const text = code(file).replace(/`(?:[^`\\]|\\.)*`/g, '``')
  const target = (from: string) => (from.startsWith('.') ? relative(root, join(root, dirname(file), from)) : from)
  const fixed = [...text.matchAll(/^(?:import|export)\s+(type\s+)?(?:([^'";]*?)\s+from\s+)?'([^']+)'/gm)].map(
    (match) => {
      const names = /^\{(.*)\}$/s.exec(match[2]?.trim() ?? '')?.[1]
      const allTypes = names?.split(',').every((name) => name.trim() === '' || name.trim().startsWith('type ')) ?? false
      return { file, from: target(match[3]!), typeOnly: match[1] !== undefined || allTypes, lazy: false }
    },
  )
  const lazy = [...text.matchAll(/\bimport\(\s*'([^']+)'/g)].map((match) => {
    return { file, from: target(match[1]!), typeOnly: false, lazy: true }
  })
  return [...fixed, ...lazy]
}

/** The text without comments. */
const code = (file: string): string =>
  readFileSync(join(root, file), 'utf8')
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/(^|\s)\/\/.*$/gm, '$1')

const packageOf = (from: string): string =>
  from.startsWith('@') ? from.split('/').slice(0, 2).join('/') : from.split('/')[0]!
const isPackage = ({ from }: Import): boolean => !from.startsWith('packages/') && !from.startsWith('apps/')
const lines = (imports: readonly Import[]): string[] => imports.map(({ file, from }) => `${file} imports ${from}`)

const core = sources('packages/core/src').filter((file) => !file.includes('/testing/'))
const coreFile = (name: string) => `packages/core/src/${name}.ts`
const plugins = readdirSync(join(root, 'packages')).filter((name) => name.startsWith('plugin-'))
const packages = ['core', 'transport', ...plugins]

describe('what core imports', () => {
  const imports = core.flatMap(importsOf)

  it('was found at all', () => {
    expect(imports.length).toBeGreaterThan(100)
    expect(lines(imports)).toContain('packages/core/src/model.ts imports packages/core/src/graph.ts')
  })

  it('is zod, what Node brings, and age-encryption in one place and lazily', () => {
    const foreign = imports.filter((one) => isPackage(one) && !one.from.startsWith('node:') && one.from !== 'zod')
    expect(foreign.map(({ from, lazy }) => [from, lazy])).toEqual(foreign.map(() => ['age-encryption', true]))
    expect([...new Set(foreign.map(({ file }) => file))]).toEqual([coreFile('secret')])
  })

  it('never is what is there for tests', () => {
    expect(lines(imports.filter(({ from }) => from.includes('/testing/')))).toEqual([])
  })

  it('is nothing in graph', () => {
    expect(importsOf(coreFile('graph'))).toEqual([])
  })

  it.each(['reconcile', 'plan', 'ref', 'model', 'decide', 'diff', 'order', 'subject'])('does no I/O in %s', (name) => {
    const reached = new Set<string>()
    const follow = (file: string): void => {
      if (reached.has(file)) return
      reached.add(file)
      if (file.startsWith('packages/')) for (const one of importsOf(file)) if (!one.typeOnly) follow(one.from)
    }
    follow(coreFile(name))
    const foreign = [...reached].filter((from) => !from.startsWith('packages/'))
    // The lab's key, which is only handed to these files, is what needs age-encryption.
    expect(foreign.filter((from) => !['zod', 'node:crypto', 'age-encryption'].includes(from))).toEqual([])
    expect(
      [...reached].filter((file) => file.startsWith('packages/') && /\bawait\s+(fs|fetch)|setTimeout/.test(code(file))),
    ).toEqual([...reached].filter((file) => file === coreFile('limits')))
  })

  it('lets only the engine compose: what observes and executes does not plan', () => {
    const wrong = ['observe', 'execute', 'act']
      .flatMap((name) => importsOf(coreFile(name)))
      .filter(({ from, typeOnly }) => from === coreFile('reconcile') && !typeOnly)
    expect(lines(wrong)).toEqual([])
    const composers = imports.filter(({ from, typeOnly }) => from === coreFile('execute') && !typeOnly)
    expect([...new Set(composers.map(({ file }) => file))]).toEqual([coreFile('engine')])
  })
})

describe('packages', () => {
  const files = packages
    .flatMap((name) => sources(`packages/${name}/src`))
    .filter((file) => !file.includes('/testing/'))

  it.each([
    ['console', /\bconsole\s*\.\s*\w+\s*\(/],
    ['process.exit', /\bprocess\s*\.\s*exit\b/],
    ['colour', /\\x1b\[|\\u001b\[|styleText/],
  ])('use no %s', (_, pattern) => {
    expect(files.filter((file) => pattern.test(code(file)))).toEqual([])
  })

  it('of which core reads no environment', () => {
    expect(core.filter((file) => /\bprocess\s*\.\s*env\b/.test(code(file)))).toEqual([])
  })

  it.each(plugins)('%s imports core, transport and its own client libraries', (name) => {
    const { dependencies = {}, peerDependencies = {} } = JSON.parse(
      readFileSync(join(root, 'packages', name, 'package.json'), 'utf8'),
    ) as Record<string, Record<string, string>>
    const declared = new Set([...Object.keys(dependencies), ...Object.keys(peerDependencies)])
    const others = plugins.filter((other) => other !== name).map((other) => `@lares/${other}`)
    const used = sources(`packages/${name}/src`)
      .flatMap(importsOf)
      .filter(isPackage)
      .filter(({ from }) => !from.startsWith('node:'))
    expect(
      lines(used.filter(({ from }) => others.includes(packageOf(from)) || packageOf(from) === '@lares/cli')),
    ).toEqual([])
    const lares = new Set(used.map(({ from }) => packageOf(from)).filter((from) => from.startsWith('@lares/')))
    expect([...lares].filter((from) => !['@lares/core', '@lares/transport'].includes(from))).toEqual([])
    expect([...declared].filter((from) => others.includes(from))).toEqual([])
  })

  it.each(packages)('%s leaves the files of the others alone', (name) => {
    const astray = sources(`packages/${name}/src`)
      .flatMap(importsOf)
      .filter(({ from }) => /^(packages|apps)\//.test(from) && !from.startsWith(`packages/${name}/`))
    expect(lines(astray)).toEqual([])
  })
})

describe('the command', () => {
  const files = sources('apps/cli/src')

  it('imports no plugin but those that a config names', () => {
    const named = files.flatMap(importsOf).filter(({ from }) => /^@lares\/plugin-/.test(from))
    expect(lines(named)).toEqual([])
  })

  it('ends the process in its entry alone', () => {
    const ending = files.filter((file) => /\bprocess\s*\.\s*exit\s*\(/.test(code(file)))
    expect(ending).toEqual(['apps/cli/src/main.ts'])
  })
})
