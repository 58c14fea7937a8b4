import { quote } from '@lares/transport'
import {
  firstOf,
  matchesPattern,
  type PackageDriver,
  type PackageState,
  sectionsOf,
  type Transaction,
  type WantedPackage,
} from './driver.ts'

/** Lists that are older are fetched again before something is installed. */
const listMinutes = 24 * 60

const PRELUDE = `
export DEBIAN_FRONTEND=noninteractive APT_LISTCHANGES_FRONTEND=none NEEDRESTART_SUSPEND=1 LC_ALL=C
stamp=/var/lib/lares/apt-lists
apt() {
  apt-get -q -y -o DPkg::Lock::Timeout=300 -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold \\
    -o APT::Cmd::Pattern-Only=true -o Dpkg::Use-Pty=0 "$@" </dev/null
}
fetch() {
  for try in 1 2 3 4 5; do
    if said=$(apt update 2>&1); then mkdir -p /var/lib/lares && touch "$stamp"; return 0; fi
    case $said in *"Could not get lock"*) sleep 5;; *) break;; esac
  done
  printf '%s\\n' "$said" >&2
  return 1
}
fresh() {
  [ -n "$(find /var/lib/apt/lists -name '*Packages*' -print -quit)" ] || return 1
  [ -n "$(find "$stamp" /var/lib/apt/lists -maxdepth 0 -mmin -${listMinutes} -print -quit 2>/dev/null)" ] || return 1
  newest=$stamp
  [ -e "$stamp" ] || newest=/var/lib/apt/lists
  [ -z "$(find /etc/apt/sources.list /etc/apt/sources.list.d /etc/apt/keyrings /etc/apt/trusted.gpg.d \\
    -newer "$newest" -print -quit 2>/dev/null)" ]
}
`

/** A run that was killed leaves packages half installed: dpkg goes on where it was. `install` looks versions up each time. */
const INSTALL = `
tell() {
  others=$(printf '%s\\n' "$log" | sed -n '/REMOVED:$/,/^[^ ]/s/^ //p')
  case $log in *"remove is disabled"*) echo "E: This would remove others as well:$others" >&2; return 1;; esac
  printf '%s\\n' "$log" | grep -E '^(E|W|dpkg)[: ]|unmet|conflict|Depends|script subprocess' >&2 || printf '%s\\n' "$log" | tail -n 20 >&2
  return 1
}
change() {
  log=$(install 2>&1) && return 0
  case $log in
    *"remove is disabled"*) tell; return 1 ;;
    *"dpkg was interrupted"*|*"dpkg --configure -a"*)
      dpkg --force-confdef --force-confold --configure -a </dev/null >/dev/null 2>&1 ;;
    *"Unmet dependencies"*|*"--fix-broken"*) apt --fix-broken install >/dev/null 2>&1 ;;
    *) fetch || : ;;
  esac
  log=$(install 2>&1) || tell
}
`

/** `curl=7.88.1-10`. A version with `*` is found among those that there are. */
function word({ name, version }: WantedPackage): string {
  if (version === undefined) return quote(name)
  if (!version.includes('*')) return quote(`${name}=${version}`)
  return `${quote(`${name}=`)}${firstOf(`apt-cache madison -- ${quote(name)} | awk '{ print $3 }'`, [version])}`
}

/** Debian and its kin. */
export const apt: PackageDriver = {
  holds: true,
  reason: /^(E: (?!Sub-process)|dpkg: error|.* script subprocess)/,
  matches: matchesPattern,

  query: (candidates) => `
format='\${binary:Package}|\${Package}|\${Version}|\${db:Status-Abbrev}\\n'
found=$(dpkg-query -W -f "$format" -- "$@" 2>/dev/null)
printf '== installed\\n%s\\n' "$found"
count=0
while IFS='|' read -r _ _ _ status; do case $status in ?i*) count=$((count + 1));; esac; done <<END
$found
END
if [ "$count" -lt $# ]; then
  echo "== provided"
  dpkg-query -W -f '\${db:Status-Abbrev}|\${Version}|\${Provides}\\n' | grep '^.i.*|.*|.'
fi
${candidates ? 'echo "== candidates"; apt-cache policy -- "$@"' : ':'}
exit 0`,

  parse(names, stdout) {
    const sections = sectionsOf(stdout)
    const installed = (sections.get('installed') ?? []).map((line) => line.split('|'))
    const provided = new Map(
      (sections.get('provided') ?? []).flatMap((line) => {
        const [, version = '', provides = ''] = line.split('|')
        return provides.split(',').map((each) => [each.trim().split(' ')[0]!, version] as const)
      }),
    )
    const candidates = candidatesIn(sections.get('candidates') ?? [])
    return new Map(
      names.map((name): [string, PackageState] => {
        const line = installed.find(
          ([full, plain, , status]) => (full === name || plain === name) && /^.i/.test(status ?? ''),
        )
        const version = line?.[2] ?? provided.get(name)
        const candidate = candidates.get(name)
        return [
          name,
          {
            ...(version ? { version } : {}),
            ...(candidate ? { candidate } : {}),
            held: line?.[3]?.startsWith('h') ?? false,
          },
        ]
      }),
    )
  },

  transact({ install, remove, hold, release }: Transaction) {
    const words = [...install.map(word), ...remove.map((name) => quote(`${name}-`))]
    const pinned = install.some(({ version }) => version !== undefined)
    const options = [
      ...(pinned ? ['--allow-downgrades', '--allow-change-held-packages'] : []),
      ...(remove.length > 0 ? [] : ['--no-remove']),
    ].join(' ')
    const asked = quote(` ${remove.join(' ')} `)
    const check = `
others=
for name in $(apt -s install ${words.join(' ')} 2>/dev/null | sed -n 's/^\\(Remv\\|Purg\\) \\([^ ]*\\).*/\\2/p'); do
  case ${asked} in *" $name "*|*" \${name%%:*} "*) ;; *) others="$others $name";; esac
done
[ -z "$others" ] || { echo "E: This would remove others as well:$others" >&2; return 1; }`
    const steps = [
      ...(release.length > 0 ? [`apt-mark unhold -- ${release.map(quote).join(' ')} >/dev/null`] : []),
      ...(install.length > 0 ? ['{ fresh || fetch; }'] : []),
      ...(remove.length > 0 ? ['check'] : []),
      ...(words.length > 0 ? ['change'] : []),
    ]
    const define = `
install() { apt ${options} install ${words.join(' ')}; }
check() {${check}
}`
    const keep = `held=$(dpkg-query -W -f '\${db:Status-Abbrev}|\${binary:Package}\\n' -- ${hold.map(quote).join(' ')} | sed -n 's/^.i[^|]*|//p')
[ -z "$held" ] || apt-mark hold -- $held >/dev/null || status=1`
    // What goes wrong must not set free what is held.
    return [
      PRELUDE,
      INSTALL,
      define,
      `${[...steps, ':'].join(' &&\n')}`,
      'status=$?',
      hold.length > 0 ? keep : '',
      'exit $status',
    ].join('\n')
  },
}

function candidatesIn(lines: readonly string[]): Map<string, string> {
  const found = new Map<string, string>()
  let name = ''
  for (const line of lines) {
    const heading = /^(\S+):$/.exec(line)?.[1]
    if (heading !== undefined) name = heading
    const candidate = /^ {2}Candidate: (\S+)$/.exec(line)?.[1]
    if (candidate !== undefined && candidate !== '(none)') found.set(name, candidate)
  }
  return found
}
