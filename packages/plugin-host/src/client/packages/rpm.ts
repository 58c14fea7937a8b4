import type { PackageState } from './driver.ts'
import { sectionsOf } from './driver.ts'

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
  const pairs = (section: string) =>
    new Map((sections.get(section) ?? []).map((line) => line.split('|', 2) as [string, string]))
  const [installed, candidates] = [pairs('installed'), pairs('candidates')]
  const locks = sections.get('held') ?? []
  return new Map(
    names.map((name): [string, PackageState] => {
      const [version, candidate] = [installed.get(name), candidates.get(name)]
      const held = locks.some((line) => line.startsWith(`${name}-`) || line === `solvable_name: ${name}`)
      return [name, { ...(version ? { version } : {}), ...(candidate ? { candidate } : {}), held }]
    }),
  )
}
