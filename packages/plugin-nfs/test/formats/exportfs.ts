import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'

/** What exportfs made of a file. */
export interface Exported {
  exitCode: number
  stderr: string
  /** /var/lib/nfs/etab. */
  etab: string
  /** What `exportfs -s` printed. */
  shown: string
}

/** Directories that there are, as exportfs resolves paths and complains of those that are none. */
export const directories = ['/srv/a', '/srv/b c', '/srv/d#e', '/srv/f"g', '/srv/h\\i', '/srv/ü', '/srv/j\nk']

/** `$1` cases, `$2` how many, then directories. In its own mount namespace: nothing of the machine changes. */
const RUN = `set -eu
cd "$1"; cases=$1; count=$2; shift 2
mount -t tmpfs none /var/lib/nfs; mount -t tmpfs none /srv
mkdir -p -- /etc/exports.d "$@"; mount -t tmpfs none /etc/exports.d
[ -e /etc/exports ] || : > /etc/exports
: > current; mount --bind current /etc/exports
for case in $(seq 0 $((count - 1))); do
  cat "$case" > /etc/exports; : > /var/lib/nfs/etab
  timeout 20 exportfs -ra 2> "$case.stderr" && echo 0 > "$case.rc" || echo $? > "$case.rc"
  cp /var/lib/nfs/etab "$case.etab"; timeout 20 exportfs -s > "$case.shown" 2> /dev/null || :
done
`

/** Gives each text to the real exportfs as /etc/exports. It fills its table without a server in the kernel. */
export async function exportfs(texts: readonly string[]): Promise<Exported[]> {
  const cases = await mkdtemp(join(tmpdir(), 'lares-exports-'))
  try {
    await mkdir('/var/lib/nfs', { recursive: true })
    await Promise.all(texts.map((text, index) => writeFile(join(cases, String(index)), text)))
    const args = ['-m', '--propagation', 'private', 'sh', '-c', RUN, 'sh', cases, String(texts.length), ...directories]
    await execa('unshare', args, { timeout: 240_000 })
    return await Promise.all(
      texts.map(async (_, index) => {
        const read = (suffix: string) => readFile(join(cases, `${index}.${suffix}`), 'utf8')
        const [exitCode, stderr, etab, shown] = await Promise.all([
          read('rc'),
          read('stderr'),
          read('etab'),
          read('shown'),
        ])
        return { exitCode: Number(exitCode), stderr, etab, shown }
      }),
    )
  } finally {
    await rm(cases, { recursive: true })
  }
}
