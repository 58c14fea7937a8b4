import { appendFile, copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { addBusybox } from './busybox.ts'
import { packageClosure, packRootfs, unpackPackages } from './debian.ts'

const dockerfile = `FROM scratch
ADD rootfs.tar /
EXPOSE 3306
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["mariadbd"]
`

const programs = new Set(['busybox', 'mariadb', 'mysql'])
const folders = ['etc/mysql', 'usr/local/bin', 'run/mysqld', 'var/lib/mysql', 'proc', 'sys', 'dev']

/**
 * Fills `dir` with an image context: a Dockerfile and a root file system with MariaDB's server and client, the libraries
 * they link to and a busybox shell, all from the distribution's packages. Like the public mariadb image it prepares an
 * empty `/var/lib/mysql` as `MARIADB_DATABASE`, `MARIADB_USER`, `MARIADB_PASSWORD_FILE` and the like say, and serves on
 * port 3306.
 */
export async function buildMariadbRootfs(dir: string, signal?: AbortSignal): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'lares-mariadb-'))
  try {
    const linked = /^(lib|zlib)/
    const packages = await Promise.all(
      ['mariadb-server-core', 'mariadb-client-core'].map((name) => packageClosure(name, linked, signal)),
    )
    await unpackPackages([...new Set(packages.flat()), 'busybox-static'], root, signal)
    for (const tool of await readdir(join(root, 'usr/bin')))
      if (!programs.has(tool)) await rm(join(root, 'usr/bin', tool))
    await rm(join(root, 'usr/share/mysql/fill_help_tables.sql'))
    await addBusybox(root, signal)
    for (const folder of folders) await mkdir(join(root, folder), { recursive: true })
    await appendFile(join(root, 'etc/passwd'), 'mysql:x:999:999:MariaDB:/var/lib/mysql:/bin/false\n')
    await appendFile(join(root, 'etc/group'), 'mysql:x:999:\n')
    await copyFile(new URL('mariadb.cnf', import.meta.url), join(root, 'etc/mysql/my.cnf'))
    await copyFile(new URL('mariadb-entrypoint.sh', import.meta.url), join(root, 'usr/local/bin/docker-entrypoint.sh'))
    await mkdir(dir, { recursive: true })
    await packRootfs(root, join(dir, 'rootfs.tar'), signal)
    await writeFile(join(dir, 'Dockerfile'), dockerfile)
  } finally {
    await rm(root, { recursive: true, force: true })
  }
}
