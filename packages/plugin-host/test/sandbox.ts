import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'

/** Runs a script on this machine behind Lares' back. */
export async function shell(script: string, ...args: string[]): Promise<string> {
  const { stdout } = await execa('sh', ['-c', script, 'sh', ...args], { timeout: 30_000 })
  return stdout
}

/**
 * What tests change on this machine goes into memory and is gone with the rig: homes and what Lares keeps, besides `/etc`. Gives a
 * directory for files.
 */
export async function sandbox(): Promise<string> {
  if (process.env.LARES_RIG === undefined) throw new Error('Not inside the rig')
  const directory = mkdtempSync(join(tmpdir(), 'lares-host-'))
  writeFileSync(join(directory, 'hosts'), '127.0.0.1 localhost\n')
  await shell(`set -eu
    grep -q ' /var/lib/lares tmpfs' /proc/mounts && exit 0
    mkdir -p /var/lib/lares
    mount -t tmpfs tmpfs /var/lib/lares
    mount -t tmpfs tmpfs /home`)
  return directory
}

/** A directory as plain data, without times. */
export const tree = (path: string) =>
  shell(
    `find "$1" ! -name '.*.lares*' -printf '%p %y %m %u %g %l\\n' | sort; find "$1" -type f -exec sha256sum {} + | sort`,
    path,
  )
