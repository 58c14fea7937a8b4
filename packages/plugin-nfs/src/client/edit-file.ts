import { type Host, HostError, isHostError } from '@lares/transport'

const CHANGED = 75

/** `$1` the file, `$2` what was read of it, `$3` what it is to be. Whole or not at all, and only in place of what was read. */
const SAVE = `set -eu
name=\${1##*/}
lock=/run/lares-$name.lock
exec 9> "$lock"
flock -w 30 9 || { echo "$lock is held by another process" >&2; exit 1; }
if [ -e "$1" ]; then printf '%s' "$2" | cmp -s - "$1" || exit ${CHANGED}
else [ -z "$2" ] || exit ${CHANGED}
fi
draft=\${1%/*}/.$name.lares
rm -f "$draft"
trap 'rm -f "$draft"' EXIT
[ ! -e "$1" ] || cp -p "$1" "$draft"
printf '%s' "$3" > "$draft"
sync "$draft"
mv "$draft" "$1"
`

/**
 * Changes a file of others, in one write: mode and owner stay, and where somebody else wrote it meanwhile, it is read
 * again. One that is missing is empty. Rejects with a HostError.
 */
export async function editFile(
  host: Host,
  path: string,
  change: (text: string) => string,
  signal?: AbortSignal,
): Promise<void> {
  for (;;) {
    const before = await host.readFile(path, { signal }).then(
      (bytes) => Buffer.from(bytes).toString(),
      (error: unknown) => {
        if (isHostError(error, 'not_found')) return ''
        throw error
      },
    )
    const after = change(before)
    if (after === before) return
    const { exitCode, stderr } = await host.script(SAVE, { args: [path, before, after], signal, reject: false })
    if (exitCode === 0) return
    if (exitCode !== CHANGED)
      throw new HostError('io_failed', `${path} on ${host.description} can't be written`, { detail: stderr.trim() })
  }
}
