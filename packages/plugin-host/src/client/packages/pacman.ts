import { quote } from '@lares/transport'
import {
  matchesVersion,
  type PackageDriver,
  sectionsOf,
  shellPatterns,
  statesOf,
  type WantedPackage,
} from './driver.ts'

/** A killed run leaves its lock behind, which then nobody has open; looked at twice, because one that ends closes it before it goes. */
const RUN = `export LC_ALL=C
lock=$(pacman-conf DBPath 2>/dev/null || echo /var/lib/pacman/)db.lck
patience=$(($(date +%s) + 300))
free() {
  while left=$(ls -i "$lock" 2>/dev/null) && [ "$(date +%s)" -lt $patience ]; do
    if ls -l /proc/[0-9]*/fd 2>/dev/null | grep -qF -- "-> $lock"; then before=
    elif [ "$left" = "$before" ]; then rm -f "$lock"
    else before=$left; fi
    sleep 1
  done
}
run() {
  free
  log=$(pacman --noconfirm --noprogressbar "$@" 2>&1 </dev/null) || return 1
  printf '%s\\n' "$log" | grep -e '^error: ' -e '^warning: .*\\.pacnew'
  return 0
}
fail() { printf '%s\\n' "$log" | tail -n 20 >&2; exit 1; }
`

/** Whether the version that there is is the one that is asked for: there is no other one. */
function check({ name, version }: WantedPackage): string[] {
  if (version === undefined) return []
  const patterns = ['', '*:'].flatMap((epoch) => ['', '-*'].map((release) => `${epoch}${version}${release}`))
  const [word, wanted] = [quote(name), quote(version)]
  return [
    `  offer=$(pacman -Si -- ${word} 2>/dev/null | sed -n 's/^Version *: //p' | head -n 1)`,
    `  log="error: ${name}: there is \${offer:-none}, and "${wanted}" is wanted"`,
    `  case $offer in ${shellPatterns(patterns)}) ;; *) return 1;; esac`,
  ]
}

/** What `pacman -Qi` says, as `VERSION|what it provides`. */
const PROVIDED = `pacman -Qi 2>/dev/null | awk -F ' +: ' '
  $1 == "Version" { version = $2 } $1 == "Provides" && $2 != "None" { print version "|" $2 }'`

/** Arch. It has no version but the newest one, so a version that is asked for can only be compared. */
export const pacman: PackageDriver = {
  holds: false,
  reason: /^(error: |:: )/,
  matches: matchesVersion,

  query: (candidates) => `
echo "== installed"
found=$(pacman -Q -- "$@" 2>/dev/null)
printf '%s\\n' "$found"
newline='
'
absent=
for name; do case "$newline$found" in *"$newline$name "*) ;; *) absent=$name;; esac; done
if [ -n "$absent" ]; then echo "== provided"; ${PROVIDED}; fi
${candidates ? 'echo "== candidates"; pacman -Qu 2>/dev/null | grep -v ignored' : ':'}
exit 0`,

  parse(names, stdout) {
    const sections = sectionsOf(stdout)
    const words = (section: string) => (sections.get(section) ?? []).map((line) => line.split(' '))
    const provided = (sections.get('provided') ?? []).flatMap((line) => {
      const [version = '', all = ''] = line.split('|')
      return all.split(/ +/).map((each) => [each.split('=')[0]!, version] as const)
    })
    const installed = words('installed').map(([name = '', version = '']) => [name, version] as const)
    const candidates = words('candidates').map(([name = '', , , version = '']) => [name, version] as const)
    return statesOf(names, new Map([...provided, ...installed]), new Map(candidates))
  },

  transact({ install, remove }) {
    const words = install.map(({ name }) => quote(name)).join(' ')
    return [
      RUN,
      `install() {\n${install.flatMap(check).join('\n')}\n  run -S --needed -- ${words}\n}`,
      install.length > 0 ? 'install || { run -Sy && install; } || fail' : '',
      remove.length > 0 ? `run -R -- ${remove.map(quote).join(' ')} || fail` : '',
      'exit 0',
    ].join('\n')
  },
}
