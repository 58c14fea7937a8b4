import { glob, mkdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { archiveUrl, cacheDir, imagesUrl, rigDir } from './layout.ts'
import type { Rig, RigGuestImage } from './rig.ts'

const builders = fileURLToPath(new URL('../images/guests/', import.meta.url))
const build = join(builders, 'build.ts')
/** Where the disk images are, in the rig and on the host that is its hypervisor. */
export const published = join(rigDir, 'images')

/** Makes the guests' disk images, with packages from the distribution, unless they are cached. Needs the package archive. */
export async function prepareGuestImages(signal: AbortSignal): Promise<void> {
  const folder = await cached()
  await mkdir(dirname(folder), { recursive: true })
  // Two rigs that are entered at once don't build twice.
  const command = [`${folder}.lock`, process.execPath, build, folder, archiveUrl]
  const options = {
    cancelSignal: signal,
    timeout: 900_000,
    env: { NODE_OPTIONS: '--disable-warning=ExperimentalWarning' },
  }
  await execa('flock', command, options)
}

/** Puts the images where guests may read them and the rig serves them. */
export async function publishGuestImages(signal: AbortSignal): Promise<Rig['libvirt']['images']> {
  const options = { cancelSignal: signal, timeout: 10_000 }
  await mkdir(published, { recursive: true })
  await execa('mount', ['--bind', join(await cached(), 'images'), published], options)
  await execa('mount', ['-o', 'remount,bind,ro', published], options)
  const sums = await readFile(join(published, 'SHA256SUMS'), 'utf8')
  const image = (name: string): RigGuestImage => {
    const sha256 = sums
      .split('\n')
      .find((line) => line.endsWith(`  ${name}`))
      ?.split(' ')[0]
    if (sha256 === undefined) throw new Error(`No checksum of ${name}`)
    return { path: join(published, name), url: `${imagesUrl}${name}`, sha256 }
  }
  return { debian: image('debian.qcow2'), docker: image('docker.qcow2'), tiny: image('tiny.qcow2') }
}

/** The root file system of hosts that have a Debian of their own, to be mounted below another one. */
export async function debianRoot(): Promise<string> {
  return join(await cached(), 'root')
}

async function cached(): Promise<string> {
  const paths: string[] = []
  for await (const entry of glob('**/*', { cwd: builders, withFileTypes: true }))
    if (entry.isFile()) paths.push(join(entry.parentPath, entry.name))
  const shared = ['../debian.ts', '../busybox.ts'].map((name) => join(builders, name))
  const contents = await Promise.all([...paths.sort(), ...shared].map((path) => readFile(path, 'utf8')))
  return cacheDir('guests', [archiveUrl, ...contents].join('\0'))
}
