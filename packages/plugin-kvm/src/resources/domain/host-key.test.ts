import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, onTestFinished, test } from 'vitest'
import { newHostKey } from './host-key.ts'

test('OpenSSH reads the key, and finds the same public half in it', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'host-key-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const key = newHostKey()
  const path = join(directory, 'key')
  await writeFile(path, key.private)
  await chmod(path, 0o600)
  const { stdout } = await execa('ssh-keygen', ['-y', '-f', path], { timeout: 10_000 })
  expect(stdout.trim()).toBe(key.public)
  expect(newHostKey().public).not.toBe(key.public)
})
