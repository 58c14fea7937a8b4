import { quote } from '@lares/transport'
import { matchesPattern, type PackageState, sectionsOf, statesOf, type Transaction } from './driver.ts'

/** What dnf and zypper have in common: the database of rpm. `held` prints what is held, and `candidates` newer versions. */
export const rpmQuery = (held: string, candidates: string) => `
echo "== installed"
found=$(rpm -q --qf '%{NAME}|%{NAME}.%{ARCH}|%{EVR}\\n' -- "$@" 2>/dev/null)
printf '%s\\n' "$found"
newline='
'
absent=
for name; do
  case "$newline$found" in *"$newline$name|"*|*"|$name|"*) ;; *) absent="$absent $name";; esac
done
if [ -n "$absent" ]; then
  echo "== provided"
  rpm -q --whatprovides --qf '%{EVR}|[%{PROVIDENAME} ]\\n' -- $absent 2>/dev/null
fi
echo "== held"
${held}
${candidates}
exit 0`

export function parseRpm(names: readonly string[], stdout: string): Map<string, PackageState> {
  const sections = sectionsOf(stdout)
  const rows = (section: string) => (sections.get(section) ?? []).map((line) => line.split('|'))
  const versions = (section: string) =>
    rows(section).flatMap(([plain = '', full = '', version]) =>
      version === undefined ? [] : [plain, full].map((name) => [name, version.replace(/^0:/, '')] as const),
    )
  const provided = rows('provided').flatMap(([version = '', all]) =>
    (all?.split(' ') ?? []).map((name) => [name, version] as const),
  )
  // The first of several is the old one: an upgrade was killed before it took that away. Of kernels there are several.
  const kernels = versions('installed').filter(([name]) => name.startsWith('kernel'))
  const installed = new Map([...provided, ...versions('installed').reverse(), ...kernels])
  const held = (sections.get('held') ?? []).map((line) => /^(.+)-(\d+:)?[^-]+-[^-]+$/.exec(line)?.[1] ?? line)
  const isHeld = (name: string) => held.some((pattern) => matchesPattern(name, pattern))
  return statesOf(names, installed, new Map(versions('candidates')), isHeld)
}

/** What the package system is told to do, as shell commands that leave what was said in `$log`. */
export interface RpmCommands {
  install: string
  remove: string
  hold(names: string): string
  release(names: string): string
}

const FUNCTIONS = `
installed() {
  for name; do
    rpm -q --qf '%{NAME}\\n' -- "$name" 2>/dev/null || rpm -q --whatprovides --qf '%{NAME}\\n' -- "$name" 2>/dev/null
  done | grep -v ' ' | sort -u
}
# An upgrade that was killed leaves the old version installed beside the new one.
settle() {
  old=$(for name; do
    case $name in kernel*) continue;; esac
    rpm -q --qf '%{NAME}.%{ARCH} %{NAME}-%{VERSION}-%{RELEASE}.%{ARCH}\\n' -- "$name" 2>/dev/null | grep -v 'not installed'
  done | awk '$1 in seen { print seen[$1] } { seen[$1] = $2 }')
  [ -z "$old" ] || log=$(rpm -e -- $old 2>&1)
}
alone() {
  all=$(installed "$@")
  [ -n "$all" ] || return 0
  log=$(rpm -e --test --allmatches -- $all 2>&1) && return 0
  log=$(printf '%s\\n' "$log" | grep 'is needed by') || return 0
  log="error: This would remove others as well:
$log"
  return 1
}
`

/** A script that stops at the first step that fails, and holds what is to be held whatever happens. `define` has its functions. */
export function rpmTransact({ install, remove, hold, release }: Transaction, define: string, commands: RpmCommands) {
  const words = (names: readonly string[]) => names.map(quote).join(' ')
  const steps = [
    ...(release.length > 0 ? [commands.release(words(release))] : []),
    ...(remove.length > 0 ? [`alone ${words(remove)}`] : []),
    ...(install.length > 0 ? [`settle ${words(install.map(({ name }) => name))}`] : []),
    ...[commands.install, commands.remove].filter(Boolean),
  ]
  const keep = `held=$(installed ${words(hold)}); [ -z "$held" ] || ${commands.hold('$held')} || fail`
  return `export LC_ALL=C
${FUNCTIONS}${define}
status=0
fail() { status=1; printf '%s\\n' "$log" | tail -n 20 >&2; }
{ ${[...steps, ':'].join(' &&\n')}
} || fail
${hold.length > 0 ? keep : ''}
exit $status`
}
