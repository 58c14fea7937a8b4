import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'

/** Runs a script on this machine behind Lares' back. */
export async function shell(script: string, ...args: string[]): Promise<string> {
  const { stdout } = await execa('sh', ['-c', script, 'sh', ...args], { timeout: 30_000 })
  return stdout
}

/** What tests export is gone with the rig: exportfs keeps its table in memory. Gives a directory to export from. */
export async function exporting(): Promise<string> {
  if (process.env.LARES_RIG === undefined) throw new Error('Not inside the rig')
  await shell(`set -eu
    grep -q ' /var/lib/nfs tmpfs' /proc/mounts || mount -t tmpfs tmpfs /var/lib/nfs
    : > /var/lib/nfs/etab
    mkdir -p /etc/exports.d`)
  return mkdtempSync(join(tmpdir(), 'lares-nfs-'))
}
