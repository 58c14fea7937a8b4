import { quote } from '@lares/transport'
import type { PackageDriver } from './driver.ts'
import { parseRpm, rpmQuery } from './rpm.ts'

const candidateQuery = `echo "== candidates"
for name; do
  zypper --non-interactive --no-refresh -q info -- "$name" 2>/dev/null |
    sed -n "s/^Version *: */$name|/p" | head -n 1
done`

/** openSUSE and SLE. */
export const zypper: PackageDriver = {
  query: (candidates) => rpmQuery(candidates ? candidateQuery : ''),
  parse: parseRpm,

  transact({ install, remove, hold, release }) {
    const words = [
      ...install.map(({ name, version }) => quote(version === undefined ? name : `${name}=${version}`)),
      ...remove.map((name) => quote(`-${name}`)),
    ]
    const newest = install.filter(({ latest }) => latest).map(({ name }) => quote(name))
    return [
      'run() { log=$(zypper --non-interactive "$@" 2>&1 </dev/null) && return 0; status=$?',
      // 100 and more tell of something besides, such as a reboot that is needed.
      '[ $status -ge 100 ] && [ $status -lt 104 ] && return 0; printf "%s\\n" "$log" | tail -n 20 >&2; return 1; }',
      release.length > 0 ? `run removelock ${release.map(quote).join(' ')} || exit 1` : '',
      words.length > 0 ? `run install --oldpackage --auto-agree-with-licenses -- ${words.join(' ')} || exit 1` : '',
      newest.length > 0 ? `run update ${newest.join(' ')} || exit 1` : '',
      hold.length > 0 ? `run addlock ${hold.map(quote).join(' ')} || exit 1` : '',
    ].join('\n')
  },
}
