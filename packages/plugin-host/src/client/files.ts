import { basename } from 'node:path/posix'
import { type Host, HostError, isHostError, type WriteOptions } from '@lares/transport'

export interface PutOptions extends WriteOptions {
  /**
   * A command that has to agree with the new content before it is put in place; `%s` stands for a file that holds it:
   * `visudo -cf %s`.
   */
  validate?: string | undefined
  /** Keep what was there in `backup/` (default). */
  backup?: boolean | undefined
  /** What is there is not ours: keep it in `original/` as well, and put it back when ours is removed. */
  foreign?: boolean | undefined
}

/** Where Lares keeps things on a host: of root `/var/lib/lares`, else in the state directory of the login. */
const STATE = `
set -eu
umask 077
if [ "$(id -u)" = 0 ]; then state=/var/lib/lares; else state=\${XDG_STATE_HOME:-$HOME/.local/state}/lares; fi
`

/** Copies \`$1\` to a place below the state directory; whole or not at all. The \`~\` tells files from directories. */
const KEEP = `
keep() {
  to=$state/$2$1~
  mkdir -p "\${to%/*}"
  cp -pP -- "$1" "$to.new"
  mv -f -- "$to.new" "$to"
}
if [ -d "$1" ] && [ ! -L "$1" ]; then echo "$1: Is a directory" >&2; exit 1; fi
present=
if [ -e "$1" ] || [ -L "$1" ]; then present=1; fi
`

const KEEP_BEFORE_WRITE = `${STATE}${KEEP}
[ -n "$present" ] || exit 0
[ -z "$2" ] || keep "$1" backup
[ -z "$3" ] || [ -e "$state/original$1~" ] || keep "$1" original
`

const REMOVE = `${STATE}${KEEP}
[ -z "$present" ] || [ -z "$2" ] || keep "$1" backup
original=$state/original$1~
if [ -e "$original" ] || [ -L "$original" ]; then
  [ -d "\${1%/*}/" ] || { rm -f -- "$original"; exit 0; }
  cp -pP -- "$original" "\${1%/*}/.\${1##*/}.lares"
  mv -f -- "\${1%/*}/.\${1##*/}.lares" "$1"
  rm -f -- "$original"
else
  rm -f -- "$1"
fi
`

const VALIDATE = `${STATE}
mkdir -p "$state"
find "$state" -maxdepth 1 -name 'candidate.*' -mmin +60 -exec rm -rf -- {} +
mktemp -d "$state/candidate.XXXXXX"
`

/**
 * Puts a file in place, whole or not at all, after what was there has been kept. Rejects with a HostError;
 * `command_failed` when it is not valid.
 */
export async function putFile(
  host: Host,
  path: string,
  data: string | Uint8Array,
  { validate, backup = true, foreign = false, ...options }: PutOptions = {},
): Promise<void> {
  const { signal } = options
  if (validate !== undefined) await checkCandidate(host, path, data, validate, signal)
  await host.script(KEEP_BEFORE_WRITE, { args: [path, backup ? '1' : '', foreign ? '1' : ''], signal })
  await host.writeFile(path, data, options)
}

/** Removes a file and puts back what was there before ours. Succeeds when there is none. */
export async function removeFile(
  host: Host,
  path: string,
  { backup = true, signal }: { backup?: boolean; signal?: AbortSignal } = {},
): Promise<void> {
  await host.script(REMOVE, { args: [path, backup ? '1' : ''], signal })
}

/** Sets what is given of mode (octal digits), owner and group. */
export async function setAccess(
  host: Host,
  path: string,
  {
    mode = '',
    owner = '',
    group = '',
  }: { mode?: string | undefined; owner?: string | undefined; group?: string | undefined },
  signal?: AbortSignal,
): Promise<void> {
  if (mode === '' && owner === '' && group === '') return
  // Ownership first: changing it takes the special bits away.
  const script = `set -eu
whom=$2\${3:+:$3}
[ -z "$whom" ] || chown -h -- "$whom" "$1"
[ -z "$4" ] || chmod -- "$4" "$1"`
  await host.script(script, { args: [path, owner, group, mode], signal })
}

/** Makes a directory with its parents. It may be there already. */
export async function makeDirectory(host: Host, path: string, signal?: AbortSignal): Promise<void> {
  await host.exec(['mkdir', '-p', '--', path], { signal })
}

/** Removes a directory when it is empty; tells whether it is gone. */
export async function removeDirectory(host: Host, path: string, signal?: AbortSignal): Promise<boolean> {
  const script = `[ -e "$1" ] || exit 0
[ -d "$1" ] && [ ! -L "$1" ] || exit 3
[ -z "$(ls -A -- "$1")" ] || exit 3
rmdir -- "$1"`
  const { exitCode, stderr } = await host.script(script, { args: [path], signal, reject: false })
  if (exitCode !== 0 && exitCode !== 3)
    throw new HostError('io_failed', `${host.description}: can't remove ${path}: ${stderr.trim()}`, { detail: stderr })
  return exitCode === 0
}

/** Makes a symbolic link, or lets it lead elsewhere, in one step. Anything else at its place is left and an error. */
export async function putLink(host: Host, path: string, target: string, signal?: AbortSignal): Promise<void> {
  const script = `set -eu
if [ -e "$1" ] && [ ! -L "$1" ]; then echo "$1: there is something that is no symbolic link" >&2; exit 1; fi
draft=\${1%/*}/.\${1##*/}.lares
rm -f -- "$draft"
ln -s -- "$2" "$draft"
mv -fT -- "$draft" "$1"`
  await host.script(script, { args: [path, target], signal })
}

/** Removes a symbolic link. Succeeds when there is none; anything else at its place stays. */
export async function removeLink(host: Host, path: string, signal?: AbortSignal): Promise<void> {
  await host.script('[ ! -L "$1" ] || rm -f -- "$1"', { args: [path], signal })
}

async function checkCandidate(
  host: Host,
  path: string,
  data: string | Uint8Array,
  validate: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const directory = (await host.script(VALIDATE, { signal })).stdout.trim()
  const candidate = `${directory}/${basename(path)}`
  try {
    await host.writeFile(candidate, data, { mode: 0o600, signal })
    await host.script(validate.replaceAll('%s', '"$1"'), { args: [candidate], signal })
  } catch (error) {
    if (!isHostError(error, 'command_failed')) throw error
    throw new HostError('command_failed', `${path} is not valid: ${error.detail.split('\n').at(-1) || validate}`, {
      ...{ detail: error.detail, exitCode: error.exitCode, cause: error },
      advice: `Nothing was changed. The check was: ${validate}`,
    })
  } finally {
    await host.exec(['rm', '-rf', '--', directory])
  }
}
