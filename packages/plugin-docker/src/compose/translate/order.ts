import type { Service } from '../load/project/service.ts'

/** The names of services, each behind those that it depends on; else by name. The loader has refused circles. */
export function inDependencyOrder(services: Readonly<Record<string, Service>>): string[] {
  const ordered = new Set<string>()
  const visit = (name: string): void => {
    const service = services[name]
    if (service === undefined || ordered.has(name)) return
    for (const needed of Object.keys(service.depends_on ?? {}).toSorted()) visit(needed)
    ordered.add(name)
  }
  for (const name of Object.keys(services).toSorted()) visit(name)
  return [...ordered]
}
