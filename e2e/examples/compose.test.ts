import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, onTestFinished, test } from 'vitest'
import { type Lab, labBeside, root } from '../lares.ts'
import { rig } from '../rig/rig.ts'

const PASSWORD = 'between-us-only'
const MINUTES = 4

/** The example, with the rig's images in place of the public ones. */
async function notebook(): Promise<Lab> {
  const textOf = (file: string) => readFile(join(root, 'examples/compose', file), 'utf8')
  const { mariadb, web } = rig().images
  const offline = (await textOf('compose.yaml')).replaceAll('mariadb:11.4', mariadb).replace('nginx:1.27-alpine', web)
  const files = { 'compose.yaml': offline, 'lares.config.ts': await textOf('lares.config.ts') }
  const lab = await labBeside('compose', files, { env: { DB_PASSWORD: PASSWORD }, minutes: MINUTES })
  onTestFinished(() => lab.remove())
  return lab
}

const page = async () => await (await fetch('http://localhost:8080/')).text()

test('the notebook of the Compose example', { timeout: MINUTES * 60_000 }, async () => {
  const lab = await notebook()
  const lares = async (...args: string[]) => {
    const { exitCode, text } = await lab.lares(...args)
    expect(exitCode, text).toBe(0)
    expect(text).not.toContain(PASSWORD)
  }
  await lares('apply', '--yes')
  await expect.poll(page, { timeout: 15_000 }).toMatch(/<h1>\d+ notes, the last one by the family<\/h1>/)
  await lares('plan', '--detailed-exitcode')
  const consent = ['data', 'pages'].flatMap((volume) => ['--allow-data-loss', `notes/volumes/${volume}`])
  await lares('destroy', '--yes', ...consent)
  const { stdout } = await execa('docker', ['volume', 'ls', '--quiet', '--filter=label=dev.lares.lab=notebook'])
  expect(stdout).toBe('')
})
