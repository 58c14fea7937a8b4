import { quote } from '@lares/transport'
import { type PackageDriver, sectionsOf, statesOf, versionsIn } from './driver.ts'

/** Arch. It has no version but the newest one, so a version that is asked for can only be compared. */
export const pacman: PackageDriver = {
  query: (candidates) => `
echo "== installed"
for name; do
  found=$(pacman -Q -- "$name" 2>/dev/null) && printf '%s|%s\\n' "$name" "\${found#* }"
done
${candidates ? `echo "== candidates"; pacman -Sp --print-format '%n|%v' -- "$@" 2>/dev/null` : ':'}
exit 0`,

  parse(names, stdout) {
    const sections = sectionsOf(stdout)
    return statesOf(names, versionsIn(sections.get('installed')), versionsIn(sections.get('candidates')))
  },

  transact({ install, remove }) {
    const words = install.map(({ name }) => quote(name)).join(' ')
    return [
      'run() { log=$(pacman --noconfirm "$@" 2>&1 </dev/null) && return 0; printf "%s\\n" "$log" | tail -n 20 >&2; return 1; }',
      // A killed run leaves its lock behind.
      'if [ -e /var/lib/pacman/db.lck ] && ! pgrep -x pacman >/dev/null 2>&1; then rm -f /var/lib/pacman/db.lck; fi',
      install.length > 0 ? `run -S --needed -- ${words} || run -Sy --needed -- ${words} || exit 1` : '',
      remove.length > 0 ? `run -R -- ${remove.map(quote).join(' ')} || exit 1` : '',
    ].join('\n')
  },
}
