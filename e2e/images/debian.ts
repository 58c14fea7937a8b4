import { chmod, mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'

const unused = ['doc', 'man', 'locale', 'lintian', 'info'].map((name) => `--exclude=./usr/share/${name}`)

/**
 * Names a package and the libraries it links to, found by following its dependencies for as long as they satisfy `keep`.
 * What a package only needs while it is being installed (debconf, perl) is left out that way.
 * Throws when apt does not know the package.
 */
export async function packageClosure(name: string, keep: RegExp, signal?: AbortSignal): Promise<string[]> {
  const only = ['recommends', 'suggests', 'conflicts', 'breaks', 'replaces', 'enhances'].map((kind) => `--no-${kind}`)
  const { stdout } = await apt(['apt-cache', 'depends', '--recurse', ...only, name], signal)
  const dependencies = new Map<string, string[]>()
  let current: string[] = []
  for (const line of stdout.split('\n')) {
    if (/^\S/.test(line)) {
      current = []
      dependencies.set(line, current)
    }
    const needed = /^ {2}(?:Pre)?Depends: ([^<\s]+)$/.exec(line)?.[1]
    if (needed !== undefined && keep.test(needed)) current.push(needed)
  }
  const found = new Set([name])
  for (const each of found) for (const needed of dependencies.get(each) ?? []) found.add(needed)
  return [...found].sort()
}

/**
 * Downloads Debian packages and unpacks them, without installing anything, into a root folder with a merged `/usr`.
 * Refreshes the package lists once if the machine has none or they are stale. Throws with apt's own message.
 */
export async function unpackPackages(names: readonly string[], root: string, signal?: AbortSignal): Promise<void> {
  const downloads = await mkdtemp(join(tmpdir(), 'lares-debs-'))
  await chmod(root, 0o755)
  try {
    await apt(['apt-get', '-q', '-o', 'APT::Sandbox::User=root', 'download', ...names], signal, downloads)
    for (const name of ['bin', 'sbin', 'lib', 'lib64']) {
      await mkdir(join(root, 'usr', name), { recursive: true })
      await symlink(`usr/${name}`, join(root, name))
    }
    for (const file of await readdir(downloads)) {
      const tar = execa(
        'tar',
        ['-x', '-C', root, '--keep-directory-symlink', '--exclude=*/gconv', ...unused],
        cancel(signal),
      )
      await execa('dpkg-deb', ['--fsys-tarfile', join(downloads, file)], cancel(signal)).pipe(tar)
    }
  } finally {
    await rm(downloads, { recursive: true, force: true })
  }
}

/** Packs a root folder so that the same content always gives the same bytes, and with them the same layer digest. */
export async function packRootfs(root: string, file: string, signal?: AbortSignal): Promise<void> {
  const steady = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner']
  await execa('tar', [...steady, '-c', '-f', file, '-C', root, '.'], cancel(signal))
}

async function apt([command = '', ...args]: string[], signal?: AbortSignal, cwd = '/') {
  const options = { ...cancel(signal), cwd, env: { LC_ALL: 'C' } }
  try {
    return await execa(command, args, options)
  } catch (error) {
    if (signal?.aborted) throw error
    await execa('apt-get', ['-q', 'update'], options)
    return await execa(command, args, options)
  }
}

function cancel(signal: AbortSignal | undefined) {
  return { timeout: 180_000, ...(signal && { cancelSignal: signal }) }
}
