import { quote } from '@lares/transport'
import { matchesVersion, type PackageDriver, sectionsOf, statesOf } from './driver.ts'

/** Alpine. */
export const apk: PackageDriver = {
  holds: false,
  reason: /^(ERROR|error): /,
  matches: matchesVersion,

  query: (candidates) => `
echo "== installed"
for name; do
  if apk info -e "$name" >/dev/null 2>&1; then
    printf '%s|%s\\n' "$name" "$(apk info -v -e "$name" 2>/dev/null | tail -n 1)"
  fi
done
${
  candidates
    ? `echo "== candidates"
for name; do printf '%s|%s\\n' "$name" "$(apk search -x "$name" 2>/dev/null | tail -n 1)"; done`
    : ':'
}
exit 0`,

  parse(names, stdout) {
    const sections = sectionsOf(stdout)
    const pairs = (section: string) =>
      new Map(
        (sections.get(section) ?? []).map((line) => {
          const [name = '', full = ''] = line.split('|', 2)
          return [name, full.startsWith(`${name}-`) ? full.slice(name.length + 1) : full] as const
        }),
      )
    return statesOf(names, pairs('installed'), pairs('candidates'))
  },

  transact({ install, remove }) {
    const words = install.map(({ name, version }) => quote(version === undefined ? name : `${name}=${version}`))
    const upgrade = install.some(({ latest }) => latest) ? '--upgrade ' : ''
    return [
      'export LC_ALL=C',
      'run() { log=$(apk --wait 300 "$@" 2>&1 </dev/null) && return 0; printf "%s\\n" "$log" | tail -n 20 >&2; return 1; }',
      words.length > 0
        ? `run add ${upgrade}${words.join(' ')} || { run update && run add ${upgrade}${words.join(' ')}; } || exit 1`
        : '',
      remove.length > 0 ? `run del ${remove.map(quote).join(' ')} || exit 1` : '',
    ].join('\n')
  },
}
