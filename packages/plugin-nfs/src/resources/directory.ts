import { fail } from '@lares/core'
import type { Host } from '@lares/transport'
import * as z from 'zod'

export const path = z
  .string()
  .regex(
    /^(\/(?!\.{1,2}(\/|$))[^/\\\p{Cc}]+)+$/u,
    'Expected an absolute path, without "..", a slash at the end, backslashes and control characters',
  )

const name = z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9_.@$-]*$/, 'Expected a name or a number')

export const directoryInputs = z.strictObject({
  mode: z
    .string()
    .regex(/^[0-7]{3,4}$/, 'Expected octal digits in quotes, such as "0755"')
    .default('0755')
    .describe('Permission bits, octal and in quotes'),
  owner: name.optional().describe('User that it belongs to, by name or number'),
  group: name.optional().describe('Group that it belongs to, by name or number'),
})

/** Whole or not at all, so that nobody sees it with another owner. One that is there stays as it is. */
const MAKE = `set -eu
[ ! -e "$1" ] || exit 0
mkdir -p -- "\${1%/*}/"
draft=\${1%/*}/.\${1##*/}.lares
[ ! -d "$draft" ] || rmdir -- "$draft"
mkdir -m 700 -- "$draft"
[ -z "$3" ] || chown -- "$3" "$draft"
chmod -- "$2" "$draft"
mv -T -- "$draft" "$1"
`

/** Makes a directory with its parents, when there is nothing at its place. */
export async function makeDirectory(
  host: Host,
  where: string,
  { mode, owner = '', group }: z.output<typeof directoryInputs>,
  signal: AbortSignal,
): Promise<void> {
  await host.script(MAKE, { args: [where, mode, group === undefined ? owner : `${owner}:${group}`], signal })
}

/** `$1` where. What lies in a directory would be hidden by a mount, so one that is not empty is refused. */
const MAKE_MOUNT_POINT = `set -eu
if [ -e "$1" ] && [ ! -d "$1" ]; then echo "it is no directory" >&2; exit 1; fi
mkdir -p -- "$1"
[ -z "$(ls -A -- "$1")" ] || { echo "there are files in it, which a mount would hide" >&2; exit 1; }
`

/** Makes the directory that a mount is put on, when it is missing. Rejects with a diagnostic when it is no empty directory. */
export async function makeMountPoint(host: Host, where: string, signal: AbortSignal): Promise<void> {
  const { exitCode, stderr } = await host.script(MAKE_MOUNT_POINT, { args: [where], signal, reject: false })
  if (exitCode !== 0)
    fail({ code: 'target_not_empty', path: 'target', summary: `Nothing can be mounted at ${where}: ${stderr.trim()}` })
}
