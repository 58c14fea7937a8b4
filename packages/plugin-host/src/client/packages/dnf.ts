import { quote } from '@lares/transport'
import { matchesVersion, type PackageDriver } from './driver.ts'
import { parseRpm, rpmQuery, rpmTransact } from './rpm.ts'

const HELD = `grep -hv -e '^#' -e '^!' /etc/dnf/plugins/versionlock.list /etc/yum/pluginconf.d/versionlock.list 2>/dev/null
sed -n 's/^name = "\\(.*\\)"/\\1/p' /etc/dnf/versionlock.toml 2>/dev/null`

/** What was fetched before is asked, as with other package systems. */
const CANDIDATES = `echo "== candidates"
dnf -q -C repoquery --upgrades --latest-limit=1 --qf '%{name}|%{name}.%{arch}|%{evr}\\n' "$@" 2>/dev/null`

/** Status 200 says that somebody holds the lock. Lists are fetched again when they don't have what is asked for. */
const RUN = `
patience=$(($(date +%s) + 300))
run() {
  while log=$(dnf -y -q --setopt=exit_on_lock=True "$@" 2>&1 </dev/null); code=$?
    [ $code = 200 ] && [ "$(date +%s)" -lt $patience ]
  do sleep 2; done
  [ $code = 0 ] || return 1
  printf '%s\\n' "$log" | grep 'scriptlet'
  return 0
}
fresh() {
  run "$@" && return 0
  case $log in *"to find a match"*|*"No match for"*|*"ll mirrors were"*) run --refresh "$@";; *) return 1;; esac
}
`

/** Fedora, Rocky, Alma and their kin. */
export const dnf: PackageDriver = {
  holds: true,
  reason: /^(Error: \S| +- package |error: |Error in )/,
  matches: matchesVersion,
  query: (candidates) => rpmQuery(HELD, candidates ? CANDIDATES : ''),
  parse: parseRpm,

  transact(transaction) {
    const { install, remove } = transaction
    const words = install.map(({ name, version }) => quote(version === undefined ? name : `${name}-${version}`))
    const newest = install.filter(({ latest }) => latest).map(({ name }) => quote(name))
    const pinned = install.some(({ version }) => version !== undefined)
    const steps = [
      ...(words.length > 0 ? [`fresh ${pinned ? '--setopt=obsoletes=0 ' : ''}install ${words.join(' ')}`] : []),
      ...(newest.length > 0 ? [`fresh --best upgrade ${newest.join(' ')}`] : []),
    ]
    const keep = '--setopt=clean_requirements_on_remove=False'
    return rpmTransact(transaction, RUN, {
      install: steps.join(' &&\n'),
      remove: remove.length > 0 ? `run ${keep} remove ${remove.map(quote).join(' ')}` : '',
      hold: (names) => `run versionlock add ${names}`,
      release: (names) => `run versionlock delete ${names}`,
    })
  },
}
