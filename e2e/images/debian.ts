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
  await chmod(root, 0o755)
  for (const name of ['bin', 'sbin', 'lib', 'lib64']) {
    await mkdir(join(root, 'usr', name), { recursive: true })
    await symlink(`usr/${name}`, join(root, name))
  }
  await unpackOver(names, root, signal)
}

/** Like `unpackPackages`, over a root folder whose `/usr` is merged already. */
export async function unpackOver(names: readonly string[], root: string, signal?: AbortSignal): Promise<void> {
  const downloads = await mkdtemp(join(tmpdir(), 'lares-debs-'))
  try {
    await downloadPackages(names, downloads, signal)
    for (const file of await readdir(downloads)) {
      const tar = execa(
        'tar',
        ['-x', '-C', root, '--keep-directory-symlink', '--exclude=*/gconv', ...unused],
        cancel(signal),
      )
      const unpacked = { ...cancel(signal), buffer: false } as const
      await execa('dpkg-deb', ['--fsys-tarfile', join(downloads, file)], unpacked).pipe(tar)
    }
  } finally {
    await rm(downloads, { recursive: true, force: true })
  }
}

/** Downloads the `.deb` files of packages into a folder. Throws with apt's own message. */
export async function downloadPackages(names: readonly string[], folder: string, signal?: AbortSignal): Promise<void> {
  await apt(['apt-get', '-q', '-o', 'APT::Sandbox::User=root', 'download', ...names], signal, folder)
}

/** Where this machine gets Debian from, and which release. Throws when it is no Debian. */
export async function debianMirror(signal?: AbortSignal): Promise<{ url: string; release: string; keyring: string }> {
  const format = '$(ORIGIN) $(REPO_URI) $(CODENAME)'
  const { stdout } = await apt(['apt-get', 'indextargets', '--format', format, 'Created-By: Packages'], signal)
  const [, url, release] = /^Debian (\S+) ([a-z]+)$/m.exec(stdout) ?? []
  if (url === undefined || release === undefined) throw new Error('This machine has no Debian package archive')
  return { url, release, keyring: '/usr/share/keyrings/debian-archive-keyring.gpg' }
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
