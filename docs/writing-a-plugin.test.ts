import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { blocksOf, sessionOf } from './testing/blocks.ts'
import { typeErrors } from './testing/types.ts'

const root = join(import.meta.dirname, '..')
const bin = join(root, 'node_modules/.bin')
const guide = blocksOf(await readFile(join(import.meta.dirname, 'writing-a-plugin.md'), 'utf8'))
const files = guide.filter(({ file }) => file !== undefined)
const sessions = guide.filter(({ language }) => language === 'console')

/** In place of the directory that the guide uses. */
let cronDirectory: string
let directory: string
const here = (text: string) => text.replaceAll('/tmp/cron.d', cronDirectory)
const asInGuide = (text: string) =>
  text.replaceAll(cronDirectory, '/tmp/cron.d').replace(/\b(\d+ms|\d+\.\d+s)\b/g, '<time>')

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'lares-guide-'))
  cronDirectory = join(directory, 'cron.d')
  await symlink(join(root, 'node_modules'), join(directory, 'node_modules'))
  for (const { file, text } of files) {
    await mkdir(dirname(join(directory, file!)), { recursive: true })
    await writeFile(join(directory, file!), here(text))
  }
  // Inside the repository packages find each other's source; that of core is checked with the repository's own settings.
  await writeFile(
    join(directory, 'tsconfig.source.json'),
    JSON.stringify({
      extends: './tsconfig.json',
      compilerOptions: { customConditions: ['lares-source'], exactOptionalPropertyTypes: true },
    }),
  )
  const conditions = ['lares-source', 'node', 'import', 'default']
  const shared = { resolve: { conditions }, ssr: { resolve: { conditions } } }
  const options = { pool: 'forks', execArgv: ['--conditions=lares-source'], fsModuleCache: false, testTimeout: 60_000 }
  await writeFile(join(directory, 'vitest.config.ts'), `export default ${JSON.stringify({ ...shared, test: options })}`)
})
afterAll(() => rm(directory, { recursive: true, force: true }))

const environment = () => ({
  PATH: `${join(directory, 'bin')}:${bin}:${process.env['PATH']}`,
  HOME: directory,
  NO_COLOR: '1',
})

function run(
  program: string,
  args: readonly string[],
  cwd = directory,
): Promise<{ code: unknown; output: string; printed: string }> {
  return new Promise((resolve) => {
    execFile(program, args, { cwd, env: environment(), timeout: 300_000 }, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, printed: stdout, output: stdout + stderr }),
    )
  })
}

test('the guide has all of the plugin', () => {
  expect(files.map(({ file }) => file)).toEqual([
    'package.json',
    'tsconfig.json',
    'src/client.ts',
    'src/resources/job.ts',
    'src/index.ts',
    'example/lares.config.ts',
    'test/contract.test.ts',
    'example/lares.yaml',
    'src/resources/backup.ts',
    'test/backup.test.ts',
  ])
})

test('its plugin compiles', { timeout: 320_000 }, async () => {
  expect(await typeErrors(directory, 'tsconfig.source.json')).toEqual([])
})

test('its plugin keeps the contract', { timeout: 320_000 }, async () => {
  const { code, output } = await run(join(bin, 'vitest'), ['run'])
  expect(output).toMatch(/Tests +2\d passed \(2\d\)/)
  expect(code).toBe(0)
})

test('its plugin is built', { timeout: 320_000 }, async () => {
  const { code, output } = await run(join(bin, 'tsup'), ['src/index.ts', '--format', 'esm'])
  expect([code, output.includes('Build success')]).toEqual([0, true])
})

test('the commands print what the guide says', { timeout: 320_000 }, async () => {
  const lares = `exec node --conditions=lares-source '${join(root, 'apps/cli/src/main.ts')}' "$@"`
  await mkdir(join(directory, 'bin'))
  await writeFile(join(directory, 'bin/lares'), `#!/bin/sh\n${lares}\n`, { mode: 0o755 })
  expect(sessions.length).toBe(4)
  for (const { command, output } of sessions.flatMap(({ text }) => sessionOf(text))) {
    const { printed } = await run('sh', ['-c', here(command)], join(directory, 'example'))
    expect(`$ ${command}\n${asInGuide(printed).trimEnd()}`).toBe(`$ ${command}\n${asInGuide(here(output))}`)
  }
})
