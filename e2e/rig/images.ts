import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { buildBusyboxRootfs } from '../images/busybox.ts'
import { buildMariadbRootfs } from '../images/mariadb.ts'
import { buildWebRootfs } from '../images/web.ts'
import { exists, keep } from './cache.ts'
import { cacheDir, registryAddress, rigDir } from './layout.ts'
import { registryData } from './registry.ts'

/** The rig's images: in the main engine and in the open registry under these references, the database only in the latter. */
export const images = {
  /** Sleeps until it is stopped, which is quick. */
  busybox: `${registryAddress}/busybox:v1`,
  busyboxNext: `${registryAddress}/busybox:v2`,
  /** nginx on port 80, healthy after a second; the page names the version. */
  web: `${registryAddress}/web:v1`,
  webNext: `${registryAddress}/web:v2`,
  /** Exits at once with code 1. */
  webBroken: `${registryAddress}/web:broken`,
  /** Serves its page, but its health check never passes. */
  webSick: `${registryAddress}/web:sick`,
  /** MariaDB on port 3306, with the variables of the public image, the client and a shell. */
  mariadb: `${registryAddress}/mariadb:v1`,
} as const

const page = (version: string) =>
  `RUN ["sh", "-c", "echo '<!doctype html><title>web</title><p>${version}</p>' > /usr/share/nginx/html/index.html"]`

const variants: readonly { image: keyof typeof images; from: keyof typeof images; change: string }[] = [
  { image: 'busyboxNext', from: 'busybox', change: 'ENV VERSION=v2' },
  { image: 'webNext', from: 'web', change: page('v2') },
  { image: 'webBroken', from: 'web', change: 'CMD ["sh", "-c", "echo broken on purpose >&2; exit 1"]' },
  { image: 'webSick', from: 'web', change: 'HEALTHCHECK --interval=1s --timeout=1s --retries=2 CMD ["false"]' },
]

const builders = new URL('../images/', import.meta.url)

/** Makes the image contexts, with packages from the distribution, unless they are cached. Needs the package archive. */
export async function prepareContexts(signal: AbortSignal): Promise<void> {
  const contexts = await contextsDir()
  if (await exists(contexts)) return
  const fresh = `${contexts}.${process.pid}`
  await Promise.all([
    buildBusyboxRootfs(join(fresh, 'busybox'), signal),
    buildWebRootfs(join(fresh, 'web'), signal),
    buildMariadbRootfs(join(fresh, 'mariadb'), signal),
  ])
  await keep(fresh, contexts)
}

/** The registry content that holds all images, if an earlier run cached it. */
export async function cachedRegistry(): Promise<string | undefined> {
  const cached = await registryCache()
  return (await exists(cached)) ? cached : undefined
}

/** Brings the images into the engine: from the registry when it was seeded, else by building and pushing them. */
export async function loadImages(seeded: boolean, signal: AbortSignal): Promise<void> {
  if (!seeded) await buildImages(signal)
  const { mariadb, ...small } = images
  if (!seeded) await docker(['rmi', mariadb], signal)
  await Promise.all(Object.values(small).map((image) => docker(['pull', '--quiet', image], signal)))
}

async function buildImages(signal: AbortSignal): Promise<void> {
  const contexts = await contextsDir()
  await Promise.all([
    docker(['build', '--tag', images.busybox, join(contexts, 'busybox')], signal),
    docker(['build', '--tag', images.web, join(contexts, 'web')], signal),
    docker(['build', '--tag', images.mariadb, join(contexts, 'mariadb')], signal),
  ])
  for (const { image, from, change } of variants) {
    const context = join(rigDir, 'tmp', image)
    await mkdir(context)
    await writeFile(join(context, 'Dockerfile'), `FROM ${images[from]}\n${change}\n`)
    await docker(['build', '--tag', images[image], context], signal)
  }
  for (const image of Object.values(images)) await docker(['push', '--quiet', image], signal)
  const cached = await registryCache()
  const fresh = `${cached}.${process.pid}`
  await mkdir(dirname(fresh), { recursive: true })
  await cp(registryData, fresh, { recursive: true })
  await keep(fresh, cached)
}

async function docker(args: string[], signal: AbortSignal): Promise<void> {
  await execa('docker', args, { cancelSignal: signal, timeout: 120_000, env: { DOCKER_BUILDKIT: '0' } })
}

async function contextsDir(): Promise<string> {
  return cacheDir('contexts', await builderSources())
}

async function registryCache(): Promise<string> {
  return cacheDir('registry', (await builderSources()) + JSON.stringify([images, variants]))
}

async function builderSources(): Promise<string> {
  const entries = await readdir(builders, { withFileTypes: true })
  const names = entries.flatMap((entry) => (entry.isFile() ? [entry.name] : [])).sort()
  return (await Promise.all(names.map((name) => readFile(new URL(name, builders), 'utf8')))).join('\0')
}
