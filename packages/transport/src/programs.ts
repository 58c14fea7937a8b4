import type { Host } from './host.ts'
import { HostError, isHostError } from './host-error.ts'

/** A program, and the packages that bring it: those of Debian and Ubuntu, of Fedora and its like, of Alpine. */
export interface ProgramPackages {
  readonly program: string
  readonly apt?: string | undefined
  readonly dnf?: string | undefined
  readonly apk?: string | undefined
}

/**
 * `$1` program, `$2` to `$4` the packages. Others may be installing, too: that is waited for. A package that was unpacked
 * when its installation was killed is not there yet. What was learned long ago of a mirror is asked for again.
 */
const INSTALL = `
PATH=$PATH:/usr/sbin:/sbin
export LC_ALL=C DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1
patience=$(($(date +%s) + 300))
run() {
  while said=$("$@" 2>&1 < /dev/null); code=$?; [ $code != 0 ]; do
    case $code,$said in 200,*|*"ould not get lock"*) ;; *) return 1;; esac
    [ "$(date +%s)" -lt $patience ] || return 1
    sleep 1
  done
}
apt() {
  run apt-get -q -y -o Acquire::Retries=1 -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold \\
    --no-install-recommends "$@"
}
half() { case $(dpkg-query -W -f '\${db:Status-Status}' "$1" 2> /dev/null) in unpacked|half-*) ;; *) return 1;; esac; }
told() { printf '%s\\n' "$said" | grep -E "$1" >&2; }
refuse() { told "$1" || printf '%s\\n' "$said" >&2; exit 1; }

if command -v "$1" > /dev/null && ! half "$2"; then exit 0
elif command -v apt-get > /dev/null && [ -n "$2" ]; then
  apt install "$2" || {
    case $said in *"dpkg --configure -a"*) run dpkg --force-confdef --force-confold --configure -a;; *) apt update;; esac
    told 'Failed to fetch'
    apt install "$2" || refuse '^(E|W|dpkg)[: ]|Depends'
  }
elif command -v dnf > /dev/null && [ -n "$3" ]; then
  dnf() { run command dnf -y --setopt=exit_on_lock=True "$@"; }
  dnf install "$3" || dnf --refresh install "$3" || refuse 'rror|Problem'
elif command -v apk > /dev/null && [ -n "$4" ]; then
  run apk add -q --wait 300 "$4" || run apk add -q --wait 300 -U "$4" || refuse .
else echo "there is no $1, and no package of it for apt-get, dnf or apk" >&2; exit 1
fi
command -v "$1" > /dev/null || { echo "there is still no $1" >&2; exit 1; }
`

const LONG = 600_000

/**
 * Installs a program when it is not there, with the package system that the host has; nothing is upgraded. Rejects with a
 * HostError whose detail is what that said.
 */
export async function installProgram(host: Host, packages: ProgramPackages, signal?: AbortSignal): Promise<void> {
  const { program, apt = '', dnf = '', apk = '' } = packages
  try {
    await host.script(INSTALL, { args: [program, apt, dnf, apk], signal, timeout: LONG })
  } catch (error) {
    if (!isHostError(error, 'command_failed')) throw error
    const { detail, exitCode } = error
    const lines = detail.split('\n')
    // What is said last says why, unless a mirror did not answer.
    const why = lines.find((line) => line.includes('Failed to fetch')) ?? lines.at(-1)
    const message = `${host.description}: ${program} cannot be installed: ${why}`
    throw new HostError('command_failed', message, { detail, exitCode, cause: error })
  }
}
