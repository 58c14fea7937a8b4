import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { emptyState, type State } from '@lares/core'
import { expect, onTestFinished, test } from 'vitest'
import { openKey } from './key.ts'

async function place() {
  const directory = await mkdtemp(join(tmpdir(), 'lares-key-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  const file = join(directory, '.lares/key')
  const open = (env: NodeJS.ProcessEnv = {}, state: State = emptyState('home', '')) =>
    openKey({ file, env, readState: async () => state })
  return { directory, file, open }
}

const withSecret: State = {
  ...emptyState('home', 'x'),
  resources: {
    web: {
      type: 'files.note',
      plugin: 'lares-plugin-files',
      version: 1,
      identity: 'web',
      dependencies: [],
      inputs: { token: { $lares: 'secret', hmac: 'x' } },
      attributes: {},
    },
  },
}

test('a lab gets its key on first use, for its owner alone, and keeps it', async () => {
  const { file, open } = await place()
  const first = await open()
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  expect(await readFile(file, 'utf8')).toMatch(/^[\w-]{43}\n$/)
  expect((await open()).hmac('x')).toBe(first.hmac('x'))
})

test('of many runs at once, all use one key', async () => {
  const { open } = await place()
  const keys = await Promise.all(Array.from({ length: 8 }, () => open()))
  expect(new Set(keys.map((key) => key.hmac('x'))).size).toBe(1)
})

test('the environment gives a key, or names its file', async () => {
  const { directory, open } = await place()
  const text = Buffer.alloc(32, 7).toString('base64url')
  const elsewhere = join(directory, 'elsewhere')
  await writeFile(elsewhere, `${text}\n`)
  const fromText = await open({ LARES_KEY: text })
  const fromFile = await open({ LARES_KEY_FILE: elsewhere })
  expect(fromFile.hmac('x')).toBe(fromText.hmac('x'))
  await expect(open({ LARES_KEY_FILE: join(directory, 'nowhere') })).rejects.toMatchObject({ code: 'key_missing' })
})

test('a lost key is never replaced while the state has secrets', async () => {
  const { file, open } = await place()
  await expect(open({}, withSecret)).rejects.toMatchObject({ code: 'key_missing' })
  await expect(stat(file)).rejects.toMatchObject({ code: 'ENOENT' })
})

test('what is no key is refused without showing it', async () => {
  const { file, open } = await place()
  await open()
  await writeFile(file, 'passw0rd')
  const error = await open().catch((e: unknown) => e as Error)
  expect(error).toMatchObject({ code: 'key_broken' })
  expect(JSON.stringify(error)).not.toContain('passw0rd')
})
