import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { packRootfs, unpackPackages } from './debian.ts'

const dockerfile = `FROM scratch
ADD rootfs.tar /
STOPSIGNAL SIGKILL
CMD ["sleep", "infinity"]
`

/**
 * Puts every applet of an unpacked `busybox-static` into the root folder's `/bin`, leaving real programs as they are,
 * and adds the files that programs look users up in.
 */
export async function addBusybox(root: string, signal?: AbortSignal): Promise<void> {
  const { stdout } = await execa(join(root, 'bin/busybox'), ['--list'], signal ? { cancelSignal: signal } : {})
  await Promise.all(
    stdout
      .split('\n')
      .filter((applet) => applet !== 'busybox')
      .map((applet) => symlink('busybox', join(root, 'bin', applet)).catch(unlessPresent)),
  )
  for (const folder of ['etc', 'tmp', 'root', 'run', 'var']) await mkdir(join(root, folder), { recursive: true })
  await chmod(join(root, 'tmp'), 0o1777)
  await writeFile(join(root, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n')
  await writeFile(join(root, 'etc/group'), 'root:x:0:\nnogroup:x:65534:\n')
}

/**
 * Fills `dir` with an image context: a Dockerfile and a root file system that is one static program.
 * The image sleeps by default and stops at once (its stop signal is SIGKILL).
 */
export async function buildBusyboxRootfs(dir: string, signal?: AbortSignal): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'lares-busybox-'))
  try {
    await unpackPackages(['busybox-static'], root, signal)
    await addBusybox(root, signal)
    await mkdir(dir, { recursive: true })
    await packRootfs(root, join(dir, 'rootfs.tar'), signal)
    await writeFile(join(dir, 'Dockerfile'), dockerfile)
  } finally {
    await rm(root, { recursive: true, force: true })
  }
}

function unlessPresent(error: NodeJS.ErrnoException) {
  if (error.code !== 'EEXIST') throw error
}
