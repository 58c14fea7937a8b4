import type { Host } from './host.ts'
import { HostError, isHostError } from './host-error.ts'
import { LOCK } from './host-lock.ts'

const CHANGED = 75
/** Each other writer costs one. */
const TRIES = 50

/**
 * `$1` the file, `$2` the mode of a new one; on stdin what was read of it, of `$3` bytes, and what it is to be, of `$4`: whole
 * or not at all, and only in place of what was read. The texts may hold secrets, so they are on no command line, and may be
 * longer than one can be.
 */
const SAVE = `set -eu
${LOCK}
name=\${1##*/}
lock "/run/lares-$name.lock" 20
draft=\${1%/*}/.$name.lares
both=$draft.both
rm -f "$draft" "$both"
trap 'rm -f "$draft" "$both"' EXIT
umask 077
cat > "$both"
[ "$(wc -c < "$both")" -eq $(($3 + $4)) ] || { echo 'not all of it has come' >&2; exit 1; }
if [ -e "$1" ]; then head -c "$3" "$both" | cmp -s - "$1" || exit ${CHANGED}
else [ "$3" -eq 0 ] || exit ${CHANGED}
fi
if [ -e "$1" ]; then cp -p "$1" "$draft"; else : > "$draft"; chmod "$2" "$draft"; fi
tail -c "+$(($3 + 1))" "$both" > "$draft"
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
    const input = Buffer.concat([bytes, Buffer.from(after)])
    const sizes = [bytes.length, input.length - bytes.length].map(String)
    const { exitCode, stderr } = await host.exec(['sh', '-c', SAVE, 'sh', path, mode.toString(8), ...sizes], {
      ...{ input, signal, reject: false },
    })
    if (exitCode === 0) return
    if (exitCode !== CHANGED)
      throw new HostError('io_failed', `${path} on ${host.description} can't be written`, { detail: stderr.trim() })
  }
  throw new HostError('io_failed', `${path} on ${host.description} changes faster than it can be written`)
}
