import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'

const root = new URL('../', import.meta.url)
const stamp = new URL('node_modules/.lares-installed', root)

/**
 * Installs the repository's packages unless those of the current lockfile are there already.
 * Runs on any Node that npm itself runs on, before anything is installed. Returns whether it had to do something.
 */
export async function ensureInstalled() {
  const wanted = await lockfileHash()
  const installed = await readFile(stamp, 'utf8').catch(() => undefined)
  if (installed === wanted) return false
  // Not `npm ci`: it insists on a lockfile that has the optional packages of every platform.
  await npm('install', '--no-fund', '--no-audit', '--loglevel=error')
  await writeFile(stamp, await lockfileHash())
  return true
}

async function lockfileHash() {
  return createHash('sha256')
    .update(await readFile(new URL('package-lock.json', root)))
    .digest('hex')
}

function npm(...args) {
  return new Promise((resolve, reject) => {
    const child = spawn('npm', args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], timeout: 900_000 })
    child.on('error', reject)
    child.on('close', (code) => (code === 0 ? resolve() : reject(new Error(`npm ${args[0]} ended with code ${code}`))))
  })
}
