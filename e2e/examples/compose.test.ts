import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { expect, onTestFinished, test } from 'vitest'
import { rig } from '../rig/rig.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const command = join(root, 'apps/cli/src/main.ts')
const PASSWORD = 'between-us-only'
const LIMIT_MS = 240_000

/** The example, with the rig's images in place of the public ones. */
async function copyOf(example: string): Promise<string> {
  const directory = await mkdtemp(join(example, '.lares-e2e-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const { mariadb, web } = rig().images
  const text = await readFile(join(example, 'compose.yaml'), 'utf8')
  const offline = text.replaceAll('mariadb:11.4', mariadb).replace('nginx:1.27-alpine', web)
  await writeFile(join(directory, 'compose.yaml'), offline)
  await writeFile(join(directory, 'lares.config.ts'), await readFile(join(example, 'lares.config.ts')))
  return directory
}

const page = async () => await (await fetch('http://localhost:8080/')).text()

test('the notebook of the Compose example', { timeout: LIMIT_MS }, async () => {
  const directory = await copyOf(join(root, 'examples/compose'))
  const lares = async (...args: string[]) => {
    const ran = await execa(process.execPath, ['--conditions=lares-source', command, ...args], {
      ...{ cwd: directory, env: { DB_PASSWORD: PASSWORD }, stdin: 'ignore', all: true, reject: false },
      timeout: LIMIT_MS,
    })
    expect(ran.exitCode, ran.all).toBe(0)
    expect(ran.all).not.toContain(PASSWORD)
    return ran.all
  }
  await lares('apply', '--yes')
  await expect.poll(page, { timeout: 15_000 }).toMatch(/<h1>\d+ notes, the last one by the family<\/h1>/)
  await lares('plan', '--detailed-exitcode')
  const consent = ['data', 'pages'].flatMap((volume) => ['--allow-data-loss', `notes/volumes/${volume}`])
  await lares('destroy', '--yes', ...consent)
  const { stdout } = await execa('docker', ['volume', 'ls', '--quiet', '--filter=label=dev.lares.lab=notebook'])
  expect(stdout).toBe('')
})
