// Plain JavaScript for whatever Node is there: the packages are not installed yet when this starts.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, openSync } from 'node:fs'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ensureInstalled } from './install.mjs'

const root = fileURLToPath(new URL('../', import.meta.url))
const lab = join(root, 'examples/quickstart')
const bin = join(root, 'node_modules/.bin')
const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'lares-quickstart')
const socket = '/var/run/docker.sock'
const noInstall = process.argv.includes('--no-install')
const env = { ...process.env, PATH: `${bin}:${process.env.PATH}` }

try {
  await main()
} catch (error) {
  process.stderr.write(`\n${error.message}\n`)
  process.exitCode = 1
}

async function main() {
  await step('Installing packages', ensureInstalled)
  await step('Building Lares', () => run('turbo', ['run', 'build', '--output-logs=errors-only'], { quiet: true }))
  await ensureEngine()
  Object.assign(env, await labSettings())
  say('\nThe plan, before anything is done:\n')
  await run('lares', ['plan'], { cwd: lab })
  say('\nApplying it:\n')
  await run('lares', ['apply', '--yes'], { cwd: lab })
  say('\nA second plan has nothing to do:\n')
  await run('lares', ['plan'], { cwd: lab })
  const page = `http://localhost:${env.QUICKSTART_PORT}/`
  const answer = await (await fetch(page)).text()
  say(`\nYour page: ${page}  (it says: ${answer.trim()})`)
  say('\nNext: edit examples/quickstart/lares.config.ts, then')
  say('  npm run lares -- plan       see what would change')
  say('  npm run lares -- apply      change it')
  say('  npm run lares -- destroy    take it down; the volume "pages" is kept until you name it')
}

/** What the lab's config takes from the environment; kept, so that later commands of this lab see the same. */
async function labSettings() {
  const file = join(lab, '.lares', 'quickstart.json')
  const known = await readFile(file, 'utf8').then(JSON.parse, () => undefined)
  if (known && (!known.QUICKSTART_IMAGE || existsSync(join(known.QUICKSTART_IMAGE, 'rootfs.tar')))) return known
  const settings = { QUICKSTART_PORT: process.env.QUICKSTART_PORT ?? String(await freePort(8080)) }
  if (isDebian() && process.getuid?.() === 0) settings.QUICKSTART_IMAGE = await webImage()
  await mkdir(join(lab, '.lares'), { recursive: true, mode: 0o700 })
  await writeFile(file, JSON.stringify(settings))
  return settings
}

/** The context of an image like the public nginx, from the distribution's packages. */
async function webImage() {
  const context = join(cache, 'nginx')
  if (existsSync(join(context, 'Dockerfile'))) return context
  await step('Preparing a web server image from Debian packages', async () => {
    const fresh = `${context}.${process.pid}`
    await rm(fresh, { recursive: true, force: true })
    await mkdir(fresh, { recursive: true })
    await run('node', [join(root, 'e2e/images/build-web.ts'), fresh], { quiet: true })
    await rm(context, { recursive: true, force: true })
    await rename(fresh, context)
  })
  return context
}

async function ensureEngine() {
  if (await engineAnswers()) return
  const canInstall = isDebian() && process.getuid?.() === 0
  if (!canInstall || noInstall) {
    const how = isDebian() ? 'sudo apt-get install docker.io' : 'curl -fsSL https://get.docker.com | sh'
    const why = noInstall ? 'and --no-install forbids installing one' : 'and this is not root on Debian or Ubuntu'
    throw new Error(`No Docker engine answers on ${socket}, ${why}.\nInstall one with:\n  ${how}`)
  }
  if (!onPath('dockerd')) {
    await step('No Docker engine here: installing the package docker.io', async () => {
      Object.assign(env, { DEBIAN_FRONTEND: 'noninteractive' })
      await run('apt-get', ['update', '-qq'], { quiet: true })
      await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'docker.io', 'iptables'], {
        quiet: true,
      })
    })
  }
  if (existsSync('/run/systemd/system')) {
    await step('Starting the Docker engine: systemctl start docker', () =>
      run('systemctl', ['start', 'docker'], { quiet: true }),
    )
  } else if (!(await engineAnswers())) {
    await step('Starting the Docker engine: dockerd (log: /var/log/dockerd.log)', async () => {
      const log = openSync('/var/log/dockerd.log', 'a')
      spawn('dockerd', [], { detached: true, stdio: ['ignore', log, log] }).unref()
    })
  }
  for (let tries = 0; !(await engineAnswers()); tries++) {
    if (tries === 150)
      throw new Error('The Docker engine does not come up: see /var/log/dockerd.log or journalctl -u docker')
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}

async function engineAnswers() {
  const { request } = await import('node:http')
  return await new Promise((resolve) => {
    const asked = request({ socketPath: socket, path: '/_ping', timeout: 3000 }, (answer) => {
      answer.resume()
      resolve(answer.statusCode === 200)
    })
    asked.on('timeout', () => asked.destroy())
    asked.on('error', () => resolve(false))
    asked.end()
  })
}

function isDebian() {
  return existsSync('/etc/debian_version') && onPath('apt-get')
}

function onPath(program) {
  return spawnSync('sh', ['-c', `command -v ${program}`]).status === 0
}

async function freePort(first) {
  for (let port = first; port < first + 100; port++) {
    const free = await new Promise((resolve) => {
      const server = createServer()
      server.on('error', () => resolve(false))
      server.listen(port, () => server.close(() => resolve(true)))
    })
    if (free) return port
  }
  throw new Error(`No free port from ${first} on; set QUICKSTART_PORT`)
}

function say(text) {
  process.stdout.write(`${text}\n`)
}

async function step(title, work) {
  const began = Date.now()
  process.stdout.write(`${title} … `)
  await work()
  say(`${((Date.now() - began) / 1000).toFixed(1)} s`)
}

function run(program, args, { cwd = root, quiet = false } = {}) {
  return new Promise((resolve, reject) => {
    const stdio = ['ignore', quiet ? 'pipe' : 'inherit', quiet ? 'pipe' : 'inherit']
    const child = spawn(program, args, { cwd, env, stdio, timeout: 900_000 })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (data) => (output += data))
    child.on('error', reject)
    child.on('close', (code) => {
      if (code === 0) resolve()
      else reject(new Error(`${output}\n${program} ${args.join(' ')} ended with code ${code}`.trimStart()))
    })
  })
}
