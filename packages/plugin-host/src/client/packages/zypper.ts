import { quote } from '@lares/transport'
import { firstOf, matchesVersion, type PackageDriver, type WantedPackage } from './driver.ts'
import { parseRpm, rpmQuery, rpmTransact } from './rpm.ts'

const HELD = `sed -n 's/^solvable_name: //p' /etc/zypp/locks 2>/dev/null`

const CANDIDATES = `echo "== candidates"
zypper --non-interactive --no-refresh -q info -- "$@" 2>/dev/null |
  awk -F ' *: ' '$1 == "Name" { name = $2 } $1 == "Version" { version = $2 } $1 == "Arch" { print name "|" name "." $2 "|" version }'`

/** 100 and more tell of something besides, such as a repository that was left out or a script that failed; 104: there is none. */
const RUN = `
export ZYPP_LOCK_TIMEOUT=300
run() {
  log=$(zypper --non-interactive "$@" 2>&1 </dev/null)
  code=$?
  case $code in 0|100|101|102|103) return 0;; 106|107) ;; *) return 1;; esac
  printf '%s\\n' "$log" | grep -e 'scriptlet failed' -e 'Skipping repository'
  return 0
}
fresh() {
  "$@" && return 0
  case $code$log in 104*|*"not found on medium"*) run refresh && "$@";; *) return 1;; esac
}
offered() {
  zypper --non-interactive --no-refresh -q search -s -t package --match-exact -- "$1" 2>/dev/null |
    awk -F ' *[|] *' '$3 == "package" && $6 !~ /^.System Packages/ { print $4 }'
}
`

/** `curl=8.0.1-1`. A version with `*` is found among those that there are, newest first. */
function word({ name, version }: WantedPackage): string {
  if (version === undefined) return quote(name)
  if (!version.includes('*')) return quote(`${name}=${version}`)
  const epochs = version.includes(':') ? [] : [`*:${version}`]
  return `${quote(`${name}=`)}${firstOf(`offered ${quote(name)}`, [version, ...epochs])}`
}

/** openSUSE and SLE. */
export const zypper: PackageDriver = {
  holds: true,
  reason: /^(No provider of|Problem: |error: |System management is locked)/,
  matches: matchesVersion,
  query: (candidates) => rpmQuery(HELD, candidates ? CANDIDATES : ''),
  parse: parseRpm,

  transact(transaction) {
    const { install, remove } = transaction
    const words = [...install.map(word), ...remove.map((name) => quote(`-${name}`))].join(' ')
    const newest = install.filter(({ latest }) => latest).map(({ name }) => quote(name))
    const define = `${RUN}change() { run install --oldpackage --auto-agree-with-licenses -- ${words}; }\n`
    const steps = [
      ...(words === '' ? [] : ['fresh change']),
      ...(newest.length > 0 ? [`run update -- ${newest.join(' ')}`] : []),
    ]
    return rpmTransact(transaction, define, {
      install: steps.join(' &&\n'),
      remove: '',
      hold: (names) => `run addlock ${names}`,
      release: (names) => `run removelock ${names}`,
    })
  },
}
