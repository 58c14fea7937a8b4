import { spawn } from 'node:child_process'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import { packageArchive } from './archive.ts'
import { startEngine } from './engine.ts'
import { debianRoot, published, publishGuestImages } from './guests.ts'
import { home, prepareHosts, sshConfig, startHost } from './hosts.ts'
import { cachedRegistry, images, loadImages } from './images.ts'
import { cacheBase, hostSpecs, privateRegistry, registryAddress, rigDir } from './layout.ts'
import { libvirtUri, startLibvirt } from './libvirt.ts'
import { startPrivateRegistry, startRegistry } from './registry.ts'
import type { Rig } from './rig.ts'
import { startWeb } from './web.ts'

const [cgroupParent = '', ...command] = process.argv.slice(2)

/** Starts every part at once, each with a line that says how long it took; the first failure stops them all. */
async function up(signal: AbortSignal): Promise<Rig> {
  const [seed, guestImages, debian] = await Promise.all([cachedRegistry(), publishGuestImages(signal), debianRoot()])
  const engine = part('engine', startEngine(`${cgroupParent}/main`, signal))
  const registry = part('registry', startRegistry(seed, signal))
  const [socketPath, hosts] = await Promise.all([
    engine,
    part('wires', prepareHosts(signal)).then(() =>
      Promise.all(hostSpecs.map((spec) => part(`host ${spec.name}`, startHost(spec, debian, cgroupParent, signal)))),
    ),
    part('private registry', startPrivateRegistry(signal)),
    packageArchive().then((debian) => startWeb({ debian, images: published })),
    part('libvirt', startLibvirt(cgroupParent, signal)),
    part(
      'images',
      Promise.all([engine, registry]).then(() => loadImages(seed !== undefined, signal)),
    ),
  ])
  return {
    docker: { socketPath },
    registry: { address: registryAddress },
    privateRegistry,
    hosts,
    home,
    sshConfig,
    images,
    libvirt: { uri: libvirtUri, images: guestImages },
    cgroup: cgroupParent,
    cache: cacheBase(),
  }
}

async function part<T>(name: string, starting: Promise<T>): Promise<T> {
  const result = await starting
  process.stderr.write(`rig  ${name.padEnd(18)}${process.uptime().toFixed(2).padStart(6)} s\n`)
  return result
}

function run([program = '', ...args]: string[], env: NodeJS.ProcessEnv): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: 'inherit', env })
    // A terminal sends its interrupt to the command by itself.
    process.on('SIGINT', () => {})
    for (const name of ['SIGTERM', 'SIGHUP'] as const) process.on(name, () => child.kill(name))
    child.on('error', reject)
    child.on('close', (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)))
  })
}

/** What the command sees: the rig's files and engine, nothing of the person who started it. */
function environment(file: string): NodeJS.ProcessEnv {
  const { DOCKER_HOST, DOCKER_CONTEXT, DOCKER_CONFIG, SSH_AUTH_SOCK, ...rest } = process.env
  const path = `${dirname(process.execPath)}:${rest.PATH}`
  return { ...rest, HOME: home, LARES_RIG: file, PATH: path, TMPDIR: join(rigDir, 'tmp') }
}

async function printLogs(): Promise<void> {
  for (const file of (await readdir(rigDir)).filter((name) => name.endsWith('.log'))) {
    const lines = (await readFile(join(rigDir, file), 'utf8')).trim().split('\n').slice(-10)
    console.error(lines.map((line) => `rig  ${file}: ${line}`).join('\n'))
  }
}

try {
  const rig = await up(AbortSignal.timeout(300_000))
  const file = join(rigDir, 'rig.json')
  await writeFile(file, JSON.stringify(rig, null, 2))
  process.exitCode = await run(command, environment(file))
} catch (error) {
  console.error('rig  failed:', error)
  await printLogs()
  process.exitCode = 70
}
process.exit()
