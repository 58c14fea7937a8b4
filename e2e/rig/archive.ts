import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { downloadPackages } from '../images/debian.ts'
import { exists, keep } from './cache.ts'
import { cacheDir } from './layout.ts'

/**
 * Small, and of every kind: alone, with dependencies, with a unit that runs; what Debian does not install beside zypper;
 * the NFS servers and client, Netdata and ipmitool, with what a guest lacks of their dependencies; firewalls, with what the
 * rig lacks of theirs.
 */
const packages = [
  ...['hello', 'tree', 'jq', 'libjq1', 'libonig5', 'cron', 'cron-daemon-common', 'dnf-plugins-core'],
  ...['nfs-kernel-server', 'nfs-common', 'libnfsidmap1', 'rpcbind', 'keyutils', 'libevent-core-2.1-7'],
  ...['libldap-2.5-0', 'libsasl2-2', 'libsasl2-modules-db'],
  ...['nfs-ganesha', 'nfs-ganesha-vfs', 'libntirpc4.3', 'liburcu8', 'libwbclient0'],
  ...[
    'netdata',
    'netdata-core',
    'netdata-plugins-bash',
    'netdata-plugins-python',
    'netdata-web',
    'libjson-c5',
    'libmnl0',
  ],
  ...['libnetfilter-acct1', 'libuv1', 'libjs-bootstrap', 'fonts-font-awesome', 'fonts-glyphicons-halflings'],
  ...['nftables', 'libnftables1', 'ufw', 'ucf', 'firewalld', 'python3-firewall', 'python3-nftables'],
  ...['ipmitool', 'libfreeipmi17', 'freeipmi-common'],
  ...['python3-jsonschema', 'python3-attr', 'python3-pyrsistent', 'libnm0', 'gir1.2-nm-1.0'],
]
const outdated = { name: 'hello', version: '2.9-1' }

/** The folder of the package archive, which `prepareArchive` made. */
export async function packageArchive(): Promise<string> {
  const sources = ['archive.ts', '../images/debian.ts'].map((name) => readFile(new URL(name, import.meta.url), 'utf8'))
  return cacheDir('archive', (await Promise.all(sources)).join('\0'))
}

/** Makes the archive that hosts and guests install packages from, unless it is cached. */
export async function prepareArchive(signal: AbortSignal): Promise<void> {
  const folder = await packageArchive()
  if (await exists(folder)) return
  const fresh = `${folder}.${process.pid}`
  await buildArchive(fresh, signal)
  await keep(fresh, folder)
}

/** Fills `folder` with a flat package archive for apt: real packages, and one of them in an older version, too. */
async function buildArchive(folder: string, signal: AbortSignal): Promise<void> {
  await mkdir(folder, { recursive: true })
  await downloadPackages(packages, folder, signal)
  await addOlder(folder, signal)
  const debs = (await readdir(folder)).filter((name) => name.endsWith('.deb')).sort()
  const entries = await Promise.all(debs.map((name) => describe(folder, name, signal)))
  await writeFile(join(folder, 'Packages'), entries.join('\n'))
}

/** The same package again, said to be of the version before. */
async function addOlder(folder: string, signal: AbortSignal): Promise<void> {
  const deb = (await readdir(folder)).find((name) => name.startsWith(`${outdated.name}_`))
  if (deb === undefined) throw new Error(`${outdated.name} was not downloaded`)
  const tree = join(folder, 'older')
  await execa('dpkg-deb', ['--raw-extract', join(folder, deb), tree], { cancelSignal: signal })
  const control = join(tree, 'DEBIAN/control')
  await writeFile(control, (await readFile(control, 'utf8')).replace(/^Version: .*$/m, `Version: ${outdated.version}`))
  const file = join(folder, `${outdated.name}_${outdated.version}_older.deb`)
  await execa('dpkg-deb', ['--root-owner-group', '--build', tree, file], { cancelSignal: signal })
  await rm(tree, { recursive: true })
}

async function describe(folder: string, name: string, signal: AbortSignal): Promise<string> {
  const path = join(folder, name)
  const { stdout } = await execa('dpkg-deb', ['--field', path], { cancelSignal: signal })
  const sha256 = createHash('sha256')
    .update(await readFile(path))
    .digest('hex')
  return `${stdout}\nFilename: ./${name}\nSize: ${(await stat(path)).size}\nSHA256: ${sha256}\n`
}
