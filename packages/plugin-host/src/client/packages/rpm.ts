import { type PackageState, sectionsOf, statesOf, versionsIn } from './driver.ts'

/** What dnf and zypper have in common: the database of rpm. */
export const rpmQuery = (candidates: string) => `
echo "== installed"
for name; do
  if found=$(rpm -q --qf '%{VERSION}-%{RELEASE}\\n' -- "$name" 2>/dev/null); then printf '%s|%s\\n' "$name" "\${found##*
}"
  elif found=$(rpm -q --whatprovides --qf '%{VERSION}-%{RELEASE}\\n' -- "$name" 2>/dev/null); then
    printf '%s|%s\\n' "$name" "\${found##*
}"
  fi
done
echo "== held"
cat /etc/dnf/plugins/versionlock.list /etc/zypp/locks 2>/dev/null
${candidates}
exit 0`

export function parseRpm(names: readonly string[], stdout: string): Map<string, PackageState> {
  const sections = sectionsOf(stdout)
  const locks = sections.get('held') ?? []
  const isHeld = (name: string) =>
    locks.some((line) => line.startsWith(`${name}-`) || line === `solvable_name: ${name}`)
  return statesOf(names, versionsIn(sections.get('installed')), versionsIn(sections.get('candidates')), isHeld)
}
