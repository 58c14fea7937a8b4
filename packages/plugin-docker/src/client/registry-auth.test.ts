import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, onTestFinished, test, vi } from 'vitest'
import { readDockerConfig } from './registry-auth.ts'

const auth = (text: string) => Buffer.from(text).toString('base64')
const config = (content: object) => ({ directory: '/d', readFile: async () => JSON.stringify(content) })

afterEach(() => vi.unstubAllEnvs())

test.each(['ghcr.io', 'https://ghcr.io', 'https://ghcr.io/v2/'])('auths are found as %s', async (key) => {
  const credentials = readDockerConfig(config({ auths: { [key]: { auth: auth('me:pass:word') } } }))
  expect(await credentials('ghcr.io')).toEqual({ username: 'me', password: 'pass:word', serveraddress: 'ghcr.io' })
  expect(await credentials('quay.io')).toBeUndefined()
})

test('Docker Hub has a name of its own', async () => {
  const credentials = readDockerConfig(config({ auths: { 'https://index.docker.io/v1/': { auth: auth('me:word') } } }))
  expect(await credentials('docker.io')).toMatchObject({ username: 'me', serveraddress: 'https://index.docker.io/v1/' })
})

test('an identity token goes instead of a password', async () => {
  const credentials = readDockerConfig(config({ auths: { 'r.io': { auth: auth('me:'), identitytoken: 'token' } } }))
  expect(await credentials('r.io')).toEqual({ identitytoken: 'token', serveraddress: 'r.io' })
})

test('no file, and no entry, are no credentials', async () => {
  expect(await readDockerConfig({ directory: '/d', readFile: async () => undefined })('docker.io')).toBeUndefined()
  expect(await readDockerConfig(config({}))('docker.io')).toBeUndefined()
})

test('a broken file is named, not shown', async () => {
  const credentials = readDockerConfig({ directory: '/d', readFile: async () => '{"auths": s3cret' })
  const error = await credentials('docker.io').catch((reason: Error) => reason)
  expect(error).toMatchObject({ code: 'credentials', message: '/d/config.json is not valid JSON' })
})

async function helper(name: string, script: string) {
  const bin = await mkdtemp(join(tmpdir(), 'lares-helper-'))
  onTestFinished(() => rm(bin, { recursive: true }))
  const path = join(bin, `docker-credential-${name}`)
  await writeFile(path, `#!/bin/sh\n${script}\n`)
  await chmod(path, 0o755)
  vi.stubEnv('PATH', `${bin}:${process.env['PATH']}`)
}

test('a credential helper is asked through its input', async () => {
  await helper(
    'mine',
    '[ "$1" = get ] && server=$(cat) && echo "{\\"Username\\":\\"me\\",\\"Secret\\":\\"for $server\\"}"',
  )
  const credentials = readDockerConfig(config({ credHelpers: { 'r.io': 'mine' } }))
  expect(await credentials('r.io')).toEqual({ username: 'me', password: 'for r.io', serveraddress: 'r.io' })
})

test('a store that knows nothing gives way to auths', async () => {
  await helper('empty', 'echo "credentials not found in native keychain"; exit 1')
  const credentials = readDockerConfig(config({ credsStore: 'empty', auths: { 'r.io': { auth: auth('me:word') } } }))
  expect(await credentials('r.io')).toMatchObject({ username: 'me' })
})

test('a helper that fails is named, what it said is not shown', async () => {
  await helper('broken', 'echo s3cret; echo s3cret >&2; exit 3')
  const error = await readDockerConfig(config({ credsStore: 'broken' }))('r.io').catch((reason: Error) => reason)
  expect(error).toMatchObject({ code: 'credentials', message: 'docker-credential-broken failed with exit code 3' })
  const missing = await readDockerConfig(config({ credsStore: 'missing' }))('r.io').catch((reason: Error) => reason)
  expect(missing).toMatchObject({ message: 'docker-credential-missing is not installed' })
})
