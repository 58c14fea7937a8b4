import { quote } from '@lares/transport'
import { type PackageDriver, type PackageState, sectionsOf, type Transaction, type WantedPackage } from './driver.ts'

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
change() {
  log=$(install 2>&1) && return 0
  case $log in
    *"dpkg was interrupted"*|*"dpkg --configure -a"*)
      dpkg --force-confdef --force-confold --configure -a </dev/null >/dev/null 2>&1 ;;
    *"Unmet dependencies"*|*"--fix-broken"*) apt --fix-broken install >/dev/null 2>&1 ;;
    *) fetch || : ;;
  esac
  log=$(install 2>&1) && return 0
  printf '%s\\n' "$log" | grep -E '^(E|W|dpkg)[: ]|unmet|conflict|Depends' >&2 || printf '%s\\n' "$log" | tail -n 20 >&2
  return 1
}
`

/** `curl=7.88.1-10`. A version with `*` is found among those that there are. */
function word({ name, version }: WantedPackage): string {
  if (version === undefined) return quote(name)
  if (!version.includes('*')) return quote(`${name}=${version}`)
  const pattern = version.replace(/[.+~^$()[\]{}|\\]/g, '[$&]')
  const lookUp = `apt-cache madison -- ${quote(name)} | awk -v p=${quote(`^${pattern.replaceAll('*', '.*')}$`)} '$3 ~ p { print $3; exit }'`
  return `${quote(name)}="$(${lookUp})"`
}

/** Debian and its kin. */
export const apt: PackageDriver = {
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
    const options = pinned ? '--allow-downgrades --allow-change-held-packages' : ''
    const asked = quote(` ${remove.join(' ')} `)
    const check = `
for name in $(apt -s install ${words.join(' ')} 2>/dev/null | sed -n 's/^\\(Remv\\|Purg\\) \\([^ ]*\\).*/\\2/p'); do
  case ${asked} in *" $name "*|*" \${name%%:*} "*) ;; *) others="$others $name";; esac
done
[ -z "$others" ] || { echo "This would remove$others as well" >&2; exit 1; }`
    return [
      PRELUDE,
      INSTALL,
      release.length > 0 ? `apt-mark unhold -- ${release.map(quote).join(' ')} >/dev/null` : '',
      install.length > 0 ? 'fresh || fetch || exit 1' : '',
      remove.length > 0 ? check : '',
      words.length > 0 ? `install() { apt ${options} install ${words.join(' ')}; }\nchange || exit 1` : '',
      hold.length > 0 ? `apt-mark hold -- ${hold.map(quote).join(' ')} >/dev/null` : '',
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
