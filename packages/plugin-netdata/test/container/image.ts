import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { images } from '../../../../e2e/rig/images.ts'

/** An image with the agent of this machine's packages and the libraries that it links to; busybox is its shell. */
export async function buildNetdataImage(tag: string): Promise<void> {
  const context = await mkdtemp(join(tmpdir(), 'lares-netdata-'))
  try {
    const programs = ['/usr/sbin/netdata', '/usr/sbin/netdatacli']
    const { stdout } = await execa('ldd', programs)
    const libraries = [...stdout.matchAll(/(\/\S+) \(0x/g)].map(([, path]) => path!)
    const files = [
      ...programs,
      ...new Set(libraries),
      '/usr/lib/netdata/conf.d',
      '/usr/lib/netdata/plugins.d/alarm-notify.sh',
    ]
    await execa('tar', ['-c', '-h', '-f', join(context, 'root.tar'), ...files])
    const folders =
      '/etc/netdata /var/lib/netdata /var/cache/netdata /var/log/netdata /run/netdata /usr/share/netdata/web /tmp'
    const lines = [
      `FROM ${images.busybox}`,
      'ADD root.tar /',
      `RUN ["sh", "-c", "mkdir -p ${folders}; chmod 1777 /tmp; ln -sf /dev/stderr /var/log/netdata/error.log"]`,
      'ENTRYPOINT ["/usr/sbin/netdata", "-D", "-u", "root"]',
    ]
    await writeFile(join(context, 'Dockerfile'), `${lines.join('\n')}\n`)
    await execa('docker', ['build', '--quiet', '--tag', tag, context])
  } finally {
    await rm(context, { recursive: true })
  }
}
