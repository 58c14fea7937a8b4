import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { secretReader } from './secrets.ts'

const never = new AbortController().signal

async function place() {
  const directory = await mkdtemp(join(tmpdir(), 'lares-secrets-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  return { directory, read: secretReader(directory, { ...process.env, TOKEN: 'from env', EMPTY: '' }) }
}

/** Everything that an error could show. */
const told = async (promise: Promise<string>): Promise<string> => {
  const error = (await promise.then(
    () => expect.unreachable(),
    (e: unknown) => e,
  )) as Error
  return JSON.stringify([error.message, error])
}

test('from the environment', async () => {
  const { read } = await place()
  expect(await read({ env: 'TOKEN' }, never)).toBe('from env')
  await expect(read({ env: 'NO_SUCH' }, never)).rejects.toMatchObject({ code: 'secret_missing' })
  await expect(read({ env: 'EMPTY' }, never)).rejects.toMatchObject({ code: 'secret_missing' })
})

test('from a file beside the config or at home, without its last newline', async () => {
  const { directory, read } = await place()
  await writeFile(join(directory, 'password'), 'line one\nline two\n\n')
  expect(await read({ file: 'password' }, never)).toBe('line one\nline two\n')
  expect(await read({ file: `~/${relative(homedir(), join(directory, 'password'))}` }, never)).toBe(
    'line one\nline two\n',
  )
  expect(await told(read({ file: 'nowhere' }, never))).toContain('there is no such file')
  expect(await told(read({ file: '.' }, never))).toContain('EISDIR')
})

test('from a program, without a shell', async () => {
  const { read } = await place()
  expect(await read({ command: ['printf', '%s\n', '$HOME; echo x'] }, never)).toBe('$HOME; echo x')
  expect(await read({ command: ['cat'] }, never)).toBe('')
  expect(await told(read({ command: ['no-such-program'] }, never))).toContain('there is no such program')
})

test('a program that fails is quoted with what it complained about, never with what it answered', async () => {
  const { read } = await place()
  const text = await told(
    read({ command: ['sh', '-c', 'echo hunter2-answer; echo vault is sealed >&2; exit 3'] }, never),
  )
  expect(text).toContain('exit code 3')
  expect(text).toContain('vault is sealed')
  expect(text).not.toContain('hunter2')
})

test('a program that hangs is ended with the run', async () => {
  const { read } = await place()
  await expect(read({ command: ['sleep', '60'] }, AbortSignal.timeout(100))).rejects.toThrow()
})
