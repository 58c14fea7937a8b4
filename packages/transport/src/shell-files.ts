import { fileErrorFromShell } from './file-error.ts'
import { bytesOf, defaultFileMode, defaultMaxBytes, type Files } from './files.ts'
import type { Command, ExecOptions, ExecResult } from './host.ts'
import { HostError, isHostError } from './host-error.ts'
import { newMark } from './launch.ts'

/**
 * `$1` directory, `$2` name, `$3` size, `$4` mode, `$5` owner, `$6` group, which three may be empty, `$7` what nobody else
 * has. The size tells a whole upload from one that a broken connection cut short. The draft has its name before it is there:
 * that of `mktemp` would be lost when this ends in between. `touch` says in the same words everywhere why it can't.
 */
const replaceFile = `
set -eu
export LC_ALL=C
umask 077
target=$1/$2
if [ -d "$target" ] && [ ! -L "$target" ]; then echo "$target: Is a directory" >&2; exit 1; fi
temporary=$1/.$2.lares.$7
trap 'rm -f "$temporary"' EXIT
trap 'exit 1' HUP INT TERM PIPE
touch "$temporary"
cat > "$temporary"
received=$(wc -c < "$temporary")
if [ "$received" -ne "$3" ]; then echo "received $received of $3 bytes" >&2; exit 75; fi
mode=$4 owner=$5 group=$6
if [ -f "$target" ] && [ ! -L "$target" ]; then
  mode=\${mode:-$(stat -c %a "$target")}
  owner=\${owner:-$(stat -c %u "$target")}
  group=\${group:-$(stat -c %g "$target")}
fi
now=$(stat -c %u:%g "$temporary")
[ "\${owner:-\${now%:*}}:\${group:-\${now#*:}}" = "$now" ] || chown "$owner\${group:+:$group}" "$temporary"
chmod "\${mode:-${defaultFileMode.toString(8)}}" "$temporary"
sync "$temporary" 2>/dev/null || sync
mv -f "$temporary" "$target"
sync "$1" 2>/dev/null || sync
`

/** Files through commands only, so that they work over any login and through sudo. */
export function shellFiles(
  description: string,
  exec: (command: Command, options?: ExecOptions) => Promise<ExecResult>,
): Files {
  return {
    async readFile(path, options = {}) {
      const subject = `${description}: can't read ${path}`
      const command: Command = ['env', 'LC_ALL=C', 'cat', '--', path]
      const { signal, timeout, maxBytes = defaultMaxBytes } = options
      try {
        return (await exec(command, { signal, timeout, maxOutput: maxBytes })).bytes
      } catch (error) {
        if (isHostError(error, 'command_failed')) throw fileErrorFromShell(subject, error)
        if (isHostError(error, 'output_too_large'))
          throw new HostError('output_too_large', `${subject}: it has more than ${maxBytes} bytes`)
        throw error
      }
    },

    async writeFile(path, data, options = {}) {
      const input = bytesOf(data)
      const { directory, name } = split(path)
      const { mode, owner = '', group = '', signal, timeout } = options
      const args = [directory, name, String(input.length), mode?.toString(8) ?? '', owner, group, newMark()]
      try {
        await exec(['sh', '-c', replaceFile, 'sh', ...args], { input, signal, timeout })
      } catch (error) {
        const subject = `${description}: can't write ${path}`
        if (isHostError(error, 'command_failed')) throw fileErrorFromShell(subject, error)
        throw error
      }
    },
  }
}

/** A directory that is never read as an option, and the name in it. */
function split(path: string): { directory: string; name: string } {
  const slash = path.lastIndexOf('/')
  const name = path.slice(slash + 1)
  if (name === '' || name === '.' || name === '..') throw new TypeError(`Not a path of a file: ${JSON.stringify(path)}`)
  const directory = path.slice(0, slash)
  if (slash === 0) return { directory: '/', name }
  if (slash < 0) return { directory: '.', name }
  return { directory: directory.startsWith('/') ? directory : `./${directory}`, name }
}
