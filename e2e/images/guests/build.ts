import { access, mkdir, mkdtemp, rename, rm, statfs, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { addDocker, addNfs, makeCloudImage } from './debian.ts'
import { buildDisk } from './disk.ts'
import { buildInitrd } from './initrd.ts'
import { buildRootfs, pointAtArchive } from './rootfs.ts'
import { buildTiny } from './tiny.ts'

const gibibyte = 1024 ** 3
const diskSize = 3072
const tinyDiskSize = 256

/**
 * Makes the guests' disk images with `SHA256SUMS` in `images` and the root file system of hosts in `root` of a folder,
 * unless it exists; `archive` is where guests and hosts get packages from. One at a time: callers hold a lock.
 */
async function build(folder: string, archive: string, signal: AbortSignal): Promise<void> {
  if (await exists(folder)) return
  const scratch = await makeScratch()
  try {
    const [root, made] = [join(scratch, 'root'), join(scratch, 'made')] as const
    const images = join(made, 'images')
    await mkdir(images, { recursive: true })
    await buildRootfs(root, signal)
    await buildInitrd(root, join(root, 'boot/initrd.img'), signal)
    await Promise.all([
      buildTiny(root, join(images, 'tiny.qcow2'), tinyDiskSize, signal),
      buildCloudImage(root, join(images, 'debian.qcow2'), archive, signal),
      buildCloudImage(root, join(images, 'docker.qcow2'), archive, signal, addDocker, addNfs),
      makeHostRoot(root, join(made, 'root'), archive, signal),
    ])
    const sums = await execa('sha256sum', ['debian.qcow2', 'docker.qcow2', 'tiny.qcow2'], {
      cwd: images,
      cancelSignal: signal,
    })
    await writeFile(join(images, 'SHA256SUMS'), `${sums.stdout}\n`)
    const fresh = `${folder}.fresh`
    await rm(fresh, { recursive: true, force: true })
    await execa('cp', ['-a', '--sparse=always', made, fresh], { cancelSignal: signal })
    await rename(fresh, folder)
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

async function buildCloudImage(
  root: string,
  file: string,
  archive: string,
  signal: AbortSignal,
  ...additions: ((root: string, signal: AbortSignal) => Promise<void>)[]
): Promise<void> {
  const own = await mkdtemp(join(root, '../cloud-'))
  await execa('cp', ['-a', `${root}/.`, own], { cancelSignal: signal })
  for (const add of additions) await add(own, signal)
  await makeCloudImage(own, archive)
  await buildDisk(own, file, { size: diskSize, compressed: true }, signal)
}

/** What a host of its own boots as a container: the same Debian, without the kernel and what makes a machine of it. */
async function makeHostRoot(root: string, made: string, archive: string, signal: AbortSignal): Promise<void> {
  await execa('cp', ['-a', root, made], { cancelSignal: signal })
  for (const name of ['boot', 'usr/lib/modules']) await rm(join(made, name), { recursive: true, force: true })
  await writeFile(join(made, 'etc/cloud/cloud-init.disabled'), '')
  await pointAtArchive(made, archive)
}

/** In memory where there is enough of it. What a killed build left is removed. */
async function makeScratch(): Promise<string> {
  const memory = await statfs('/dev/shm').catch(() => undefined)
  const base = memory !== undefined && memory.bavail * memory.bsize > 4 * gibibyte ? '/dev/shm' : tmpdir()
  const scratch = join(base, 'lares-rig-guests')
  await rm(scratch, { recursive: true, force: true })
  await mkdir(scratch, { mode: 0o755 })
  return scratch
}

const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  )

const [folder, archive] = process.argv.slice(2)
if (folder === undefined || archive === undefined) throw new Error('Usage: build.ts FOLDER ARCHIVE-URL')
await build(folder, archive, AbortSignal.timeout(900_000))
