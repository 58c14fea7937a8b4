import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { addBusybox } from './busybox.ts'
import { packageClosure, packRootfs, unpackPackages } from './debian.ts'

const dockerfile = `FROM scratch
ADD rootfs.tar /
EXPOSE 80
STOPSIGNAL SIGQUIT
HEALTHCHECK --interval=1s --timeout=2s --retries=5 CMD ["wget", "-q", "-O", "/dev/null", "http://127.0.0.1/"]
CMD ["nginx", "-g", "daemon off;"]
`

/**
 * Fills `dir` with an image context: a Dockerfile and a root file system with nginx, the libraries it links to and a
 * busybox shell, all from the distribution's packages. It follows the layout of the public nginx image: pages in
 * `/usr/share/nginx/html`, sites in `/etc/nginx/conf.d/*.conf`, port 80.
 */
export async function buildWebRootfs(dir: string, signal?: AbortSignal): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'lares-web-'))
  try {
    const packages = await packageClosure('nginx', /^(lib|zlib|nginx)/, signal)
    await unpackPackages([...packages, 'busybox-static'], root, signal)
    await addBusybox(root, signal)
    await rm(join(root, 'etc/nginx'), { recursive: true })
    for (const folder of [
      'etc/nginx/conf.d',
      'usr/share/nginx/html',
      'var/lib/nginx',
      'var/log/nginx',
      'proc',
      'sys',
      'dev',
    ])
      await mkdir(join(root, folder), { recursive: true })
    await copyFile(new URL('nginx.conf', import.meta.url), join(root, 'etc/nginx/nginx.conf'))
    await copyFile(new URL('site.conf', import.meta.url), join(root, 'etc/nginx/conf.d/default.conf'))
    await writeFile(
      join(root, 'usr/share/nginx/html/index.html'),
      '<!doctype html>\n<title>Lares</title>\n<h1>It works</h1>\n',
    )
    await mkdir(dir, { recursive: true })
    await packRootfs(root, join(dir, 'rootfs.tar'), signal)
    await writeFile(join(dir, 'Dockerfile'), dockerfile)
  } finally {
    await rm(root, { recursive: true, force: true })
  }
}
