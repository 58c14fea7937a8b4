import { chmod, mkdir, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import tar from 'tar-stream'
import { expect, onTestFinished, test } from 'vitest'
import { type BuildContext, buildContext } from './build-context.ts'

async function directoryWith(files: Record<string, string>): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'lares-context-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory, name)), { recursive: true })
    await writeFile(join(directory, name), text)
  }
  return directory
}

async function namesIn(context: BuildContext): Promise<string[]> {
  const names: string[] = []
  for await (const entry of context.pack().pipe(tar.extract())) {
    names.push(entry.header.name)
    entry.resume()
  }
  return names
}

const files = {
  Dockerfile: 'FROM scratch',
  'src/main.js': '1',
  'src/main.test.js': '2',
  'node_modules/x/y.js': '3',
  '.env': 's',
}

test('without a .dockerignore everything is sent', async () => {
  const context = await buildContext({ directory: await directoryWith(files) })
  expect(await namesIn(context)).toEqual([
    '.env',
    'Dockerfile',
    'node_modules',
    'node_modules/x',
    'node_modules/x/y.js',
    'src',
    'src/main.js',
    'src/main.test.js',
  ])
})

test.each([
  ['node_modules\n.env', ['.dockerignore', 'Dockerfile', 'src', 'src/main.js', 'src/main.test.js']],
  ['*\n!src/main.js', ['Dockerfile', 'src/main.js']],
  ['**/*.test.js\nnode_modules\n# comment\n\n.*', ['Dockerfile', 'src', 'src/main.js']],
])('.dockerignore %j', async (ignore, expected) => {
  const context = await buildContext({ directory: await directoryWith({ ...files, '.dockerignore': ignore }) })
  expect(await namesIn(context)).toEqual(expected)
})

test.each([
  [{}, ['Dockerfile', 'lab', 'lab/app.js']],
  [{ '.dockerignore': '.dockerignore\n*.md' }, ['Dockerfile', 'lab', 'lab/app.js']],
  [{ '.dockerignore': '!**/.lares\n.dockerignore' }, ['.lares', '.lares/key', 'Dockerfile']],
])('the state of a lab stays out unless it is asked for: %j', async (ignore, expected) => {
  const lab = { Dockerfile: 'FROM scratch', '.lares/key': 'k', 'lab/.lares/state.json': '{}', 'lab/app.js': '1' }
  const context = await buildContext({ directory: await directoryWith({ ...lab, ...ignore }) })
  expect((await namesIn(context)).slice(0, expected.length)).toEqual(expected)
})

test("a Dockerfile's own ignore file goes first", async () => {
  const directory = await directoryWith({
    ...files,
    'web.Dockerfile': 'FROM a',
    '.dockerignore': '',
    'web.Dockerfile.dockerignore': '*',
  })
  const context = await buildContext({ directory, dockerfile: 'web.Dockerfile' })
  expect(await namesIn(context)).toEqual(['web.Dockerfile'])
})

test('an inline Dockerfile comes along', async () => {
  const directory = await directoryWith({ 'a.txt': 'a' })
  const context = await buildContext({ directory, dockerfileInline: 'FROM scratch' })
  expect(await namesIn(context)).toEqual(['a.txt', context.dockerfile])
  expect(context.dockerfileText).toBe('FROM scratch')
})

test('a Dockerfile outside of the directory comes along', async () => {
  const parent = await directoryWith({ 'web/a.txt': 'a', 'docker/web.Dockerfile': 'FROM scratch' })
  for (const dockerfile of ['../docker/web.Dockerfile', join(parent, 'docker/web.Dockerfile')]) {
    const context = await buildContext({ directory: join(parent, 'web'), dockerfile })
    expect(await namesIn(context)).toEqual(['a.txt', context.dockerfile])
    expect(context.dockerfileText).toBe('FROM scratch')
  }
})

test('the digest is of names, contents, links and the executable bit, and of nothing else', async () => {
  const directory = await directoryWith(files)
  const digest = async () => (await buildContext({ directory })).digest()
  const first = await digest()
  expect(first).toMatch(/^sha256:[0-9a-f]{64}$/)

  await utimes(join(directory, 'Dockerfile'), 1, 1)
  await chmod(join(directory, 'Dockerfile'), 0o600)
  expect(await digest()).toBe(first)

  const seen = new Set([first])
  await chmod(join(directory, 'Dockerfile'), 0o700)
  seen.add(await digest())
  await writeFile(join(directory, 'src/main.js'), '4')
  seen.add(await digest())
  await symlink('main.js', join(directory, 'src/link.js'))
  seen.add(await digest())
  await rm(join(directory, '.env'))
  seen.add(await digest())
  expect(seen.size).toBe(5)
})

test('two directories with the same files have the same digest', async () => {
  const [a, b] = [await directoryWith(files), await directoryWith(Object.fromEntries(Object.entries(files).reverse()))]
  expect(await (await buildContext({ directory: a! })).digest()).toBe(
    await (await buildContext({ directory: b! })).digest(),
  )
})

test('what cannot be read is named', async () => {
  const directory = await directoryWith({ 'a.txt': 'a' })
  await expect(buildContext({ directory })).rejects.toMatchObject({
    code: 'invalid',
    message: expect.stringContaining('Dockerfile'),
  })
  const context = await buildContext({ directory, dockerfileInline: 'FROM scratch' })
  await rm(join(directory, 'a.txt'))
  await expect(context.digest()).rejects.toMatchObject({ code: 'invalid', message: expect.stringContaining('a.txt') })
})
