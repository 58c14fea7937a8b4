import { quote } from '@lares/transport'
import type { PackageDriver } from './driver.ts'
import { parseRpm, rpmQuery } from './rpm.ts'

/** Fedora, Rocky, Alma and their kin. */
export const dnf: PackageDriver = {
  query: (candidates) =>
    rpmQuery(
      candidates
        ? `echo "== candidates"; dnf -q repoquery --latest-limit=1 --qf '%{name}|%{version}-%{release}' "$@" 2>/dev/null`
        : '',
    ),
  parse: parseRpm,

  transact({ install, remove, hold, release }) {
    const words = install.map(({ name, version }) => quote(version === undefined ? name : `${name}-${version}`))
    const newest = install.filter(({ latest }) => latest).map(({ name }) => quote(name))
    const pinned = install.some(({ version }) => version !== undefined)
    return [
      'run() { log=$(dnf -y "$@" 2>&1 </dev/null) && return 0; printf "%s\\n" "$log" | tail -n 20 >&2; return 1; }',
      release.length > 0 ? `run versionlock delete ${release.map(quote).join(' ')} || exit 1` : '',
      words.length > 0 ? `run ${pinned ? '--setopt=obsoletes=0 ' : ''}install ${words.join(' ')} || exit 1` : '',
      // An older version than the installed one is no installation for dnf.
      ...install.flatMap(({ name, version }) =>
        version === undefined
          ? []
          : [
              `rpm -q --quiet -- ${quote(`${name}-${version}`)} || run downgrade ${quote(`${name}-${version}`)} || exit 1`,
            ],
      ),
      newest.length > 0 ? `run upgrade ${newest.join(' ')} || exit 1` : '',
      remove.length > 0
        ? `run --setopt=clean_requirements_on_remove=False remove ${remove.map(quote).join(' ')} || exit 1`
        : '',
      hold.length > 0 ? `run versionlock add ${hold.map(quote).join(' ')} || exit 1` : '',
    ].join('\n')
  },
}
