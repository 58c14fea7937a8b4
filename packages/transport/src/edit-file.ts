import type { Host } from './host.ts'
import { HostError, isHostError } from './host-error.ts'

const CHANGED = 75
/** Each other writer costs one. */
const TRIES = 50

/**
 * `$1` the file, `$2` the mode of a new one, BEFORE what was read of it, AFTER what it is to be: whole or not at all, and only
 * in place of what was read. The texts may hold secrets, so they are on no command line.
 */
const SAVE = `set -eu
name=\${1##*/}
lock=/run/lares-$name.lock
exec 9> "$lock"
# The flock of busybox does not wait for a while.
for second in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
  if flock -n 9; then second=; break; fi
  sleep 1
done
[ -z "$second" ] || { echo "$lock can't be locked: is it held by another process?" >&2; exit 1; }
if [ -e "$1" ]; then printf '%s' "$BEFORE" | cmp -s - "$1" || exit ${CHANGED}
else [ -z "$BEFORE" ] || exit ${CHANGED}
fi
draft=\${1%/*}/.$name.lares
rm -f "$draft"
trap 'rm -f "$draft"' EXIT
umask 077
if [ -e "$1" ]; then cp -p "$1" "$draft"; else : > "$draft"; chmod "$2" "$draft"; fi
printf '%s' "$AFTER" > "$draft"
sync "$draft"
mv "$draft" "$1"
`

/**
 * Changes a file of others, in one write: mode and owner stay, and where somebody else wrote it meanwhile, it is read
 * again. One that is missing is empty, and made with `mode` (0o644). Rejects with a HostError.
 */
export async function editFile(
  host: Host,
  path: string,
  change: (text: string) => string,
  { mode = 0o644, signal }: { mode?: number; signal?: AbortSignal | undefined } = {},
): Promise<void> {
  for (let tries = 0; tries < TRIES; tries++) {
    const bytes = await host.readFile(path, { signal }).catch((error: unknown) => {
      if (isHostError(error, 'not_found')) return new Uint8Array()
      throw error
    })
    const before = Buffer.from(bytes).toString()
    if (!Buffer.from(before).equals(bytes))
      throw new HostError('io_failed', `${path} on ${host.description} is no UTF-8, so it is left as it is`)
    const after = change(before)
    if (after === before) return
    const { exitCode, stderr } = await host.script(SAVE, {
      ...{ args: [path, mode.toString(8)], env: { BEFORE: before, AFTER: after } },
      ...{ signal, reject: false },
    })
    if (exitCode === 0) return
    if (exitCode !== CHANGED)
      throw new HostError('io_failed', `${path} on ${host.description} can't be written`, { detail: stderr.trim() })
  }
  throw new HostError('io_failed', `${path} on ${host.description} changes faster than it can be written`)
}
