import type { HostConfig } from '../wire.ts'

/** Upper case, without the `CAP_` that newer engines put in front, as a sorted set. */
export function canonicalCapabilities(capabilities: readonly string[] | null | undefined): string[] {
  return [...new Set((capabilities ?? []).map((name) => name.toUpperCase().replace(/^CAP_/, '')))].toSorted()
}

/** `key=value` instead of the older `key:value`, `no-new-privileges` instead of `no-new-privileges:true`, as a sorted set. */
export function canonicalSecurityOptions(options: readonly string[] | null | undefined): string[] {
  const canonical = (options ?? []).map((option) =>
    option
      .replace(/^(apparmor|seccomp|label|no-new-privileges|systempaths|writable-cgroups):/, '$1=')
      .replace(/^no-new-privileges=true$/, 'no-new-privileges'),
  )
  return [...new Set(canonical)].toSorted()
}

const OPEN_PATHS = 'systempaths=unconfined'

/** The engine has no such option for paths of the system: it is told which ones to mask, none. */
export function securityOptionsToEngine(options: readonly string[] | undefined): HostConfig {
  if (options === undefined) return {}
  const told = options.filter((option) => option !== OPEN_PATHS)
  return { SecurityOpt: told, ...(told.length < options.length && { MaskedPaths: [], ReadonlyPaths: [] }) }
}

/** The engine adds `label=disable` to a container that shares the host's namespaces or is privileged. */
export function securityOptionsFromEngine(host: HostConfig, wanted: readonly string[] = []): string[] {
  const adds = host.Privileged || host.PidMode === 'host' || host.IpcMode === 'host'
  const areOpen = host.MaskedPaths?.length === 0 && host.ReadonlyPaths?.length === 0
  const said = [...(host.SecurityOpt ?? []), ...(areOpen ? [OPEN_PATHS] : [])]
  return canonicalSecurityOptions(said).filter(
    (option) => !adds || option !== 'label=disable' || wanted.includes(option),
  )
}
