import { type Diagnostic, didYouMean, formatPath, type Path, problem } from '@lares/core'
import { type Project, placeOf } from './project.ts'
import type { Service } from './service.ts'

type Refuse = (path: Path, summary: string, advice?: { advice?: string }) => void

/** What does not fit together in the services that run: all of it. `declared` are the objects, used or not. */
export function checkProject(project: Project, declared: Declared): Diagnostic[] {
  const diagnostics: Diagnostic[] = []
  const refuse: Refuse = (path, summary, advice) => {
    const source = placeOf(project, path)
    const code = 'inconsistent_project'
    diagnostics.push(problem({ code, summary, path: formatPath(path), ...(source && { source }), ...advice }))
  }
  for (const [name, service] of Object.entries(project.services)) {
    checkSources(name, service, refuse)
    checkReferences(name, service, project, declared, refuse)
    checkAmounts(name, service, refuse)
  }
  const cycle = findCycle(project.services)
  if (cycle) refuse(['services', cycle[0]!, 'depends_on'], `Services depend on each other: ${cycle.join(' -> ')}`)
  return diagnostics
}

export type Declared = { networks: string[]; volumes: string[]; configs: string[]; secrets: string[] }

function checkSources(name: string, service: Service, refuse: Refuse): void {
  const path: Path = ['services', name]
  const { build } = service
  if (build === undefined && !service.image) refuse(path, `The service ${name} has neither an image nor a build`)
  if (build?.dockerfile !== undefined && build.dockerfile_inline !== undefined) {
    refuse([...path, 'build'], `The build of ${name} has both "dockerfile" and "dockerfile_inline"`)
  }
  const { platform } = service
  if (platform && build?.platforms && build.platforms.length > 0 && !build.platforms.includes(platform)) {
    refuse([...path, 'platform'], `The platform "${platform}" of ${name} is not among those that it is built for`)
  }
  if (service.network_mode && Object.keys(service.networks ?? {}).length > 0) {
    refuse([...path, 'network_mode'], `The service ${name} has both "network_mode" and "networks"`)
  }
  const [kind] = service.healthcheck?.test ?? []
  if (kind !== undefined && !['CMD', 'CMD-SHELL', 'NONE'].includes(kind)) {
    const advice = `Write it as ["CMD", "${kind}", …], or as text for the shell.`
    refuse([...path, 'healthcheck', 'test'], `The test of ${name} has to begin with CMD, CMD-SHELL or NONE`, { advice })
  }
  for (const [index, { action, target }] of (service.develop?.watch ?? []).entries()) {
    const needsTarget = action !== 'rebuild' && action !== 'restart'
    if (needsTarget && target === undefined)
      refuse([...path, 'develop', 'watch', index], `"target" is missing for ${action}`)
  }
}

function checkReferences(name: string, service: Service, project: Project, declared: Declared, refuse: Refuse): void {
  const need = (path: Path, kind: string, wanted: string | undefined, known: string[]) => {
    if (wanted !== undefined && known.includes(wanted)) return
    refuse(
      ['services', name, ...path],
      wanted === undefined
        ? `The service ${name} does not say which ${kind}: "source" is missing`
        : `The service ${name} uses the ${kind} ${wanted}, which is not declared`,
      wanted === undefined ? {} : didYouMean(wanted, known),
    )
  }
  for (const network of Object.keys(service.networks ?? {}))
    need(['networks', network], 'network', network, declared.networks)
  for (const [index, { type, source }] of (service.volumes ?? []).entries()) {
    if (type === 'volume' && source) need(['volumes', index], 'volume', source, declared.volumes)
  }
  for (const [index, { source }] of (service.configs ?? []).entries())
    need(['configs', index], 'config', source, declared.configs)
  for (const [index, { source }] of (service.secrets ?? []).entries())
    need(['secrets', index], 'secret', source, declared.secrets)
  for (const [index, { source }] of (service.build?.secrets ?? []).entries()) {
    need(['build', 'secrets', index], 'secret', source, declared.secrets)
  }
  for (const [wanted, { required }] of Object.entries(service.depends_on ?? {})) {
    if (Object.hasOwn(project.services, wanted)) continue
    const isDisabled = Object.hasOwn(project.disabled, wanted)
    if (isDisabled && !required) continue
    const path = ['services', name, 'depends_on', wanted]
    if (isDisabled) {
      const profiles = project.disabled[wanted]!.profiles?.join(', ')
      const advice = { advice: `Enable one of its profiles (${profiles}), or say "required: false".` }
      refuse(path, `The service ${name} depends on ${wanted}, which no enabled profile has`, advice)
    } else {
      const advice = didYouMean(wanted, Object.keys(project.services))
      refuse(path, `The service ${name} depends on ${wanted}, which is not declared`, advice)
    }
  }
}

function checkAmounts(name: string, service: Service, refuse: Refuse): void {
  const { scale, deploy, container_name } = service
  const path = ['services', name]
  const limits = deploy?.resources?.limits
  const reservations = deploy?.resources?.reservations
  const distinct = (one: string, value: number | undefined, other: string, beside: number | undefined) => {
    if (value && value !== (beside ?? 0))
      refuse([...path, one], `The service ${name} has another value in "${one}" than in "${other}"`)
  }
  if (deploy && scale !== undefined && scale !== deploy.replicas)
    distinct('scale', scale || -1, 'deploy.replicas', deploy.replicas)
  if (limits) {
    distinct('cpus', service.cpus, 'deploy.resources.limits.cpus', limits.cpus)
    distinct('mem_limit', service.mem_limit, 'deploy.resources.limits.memory', limits.memory)
    distinct('pids_limit', service.pids_limit, 'deploy.resources.limits.pids', limits.pids)
  }
  if (reservations) {
    distinct('mem_reservation', service.mem_reservation, 'deploy.resources.reservations.memory', reservations.memory)
  }
  const count = scale ?? deploy?.replicas ?? 1
  if (count > 1 && container_name !== undefined) {
    refuse(
      [...path, 'container_name'],
      `The service ${name} runs ${count} times, and its containers cannot all be called ${container_name}`,
    )
  }
}

/** Services that need each other, from one back to itself. */
function findCycle(services: Readonly<Record<string, Service>>): string[] | undefined {
  const done = new Set<string>()
  const visit = (name: string, trail: readonly string[]): string[] | undefined => {
    if (trail.includes(name)) return [...trail.slice(trail.indexOf(name)), name]
    if (done.has(name) || !Object.hasOwn(services, name)) return undefined
    for (const next of Object.keys(services[name]!.depends_on ?? {})) {
      const cycle = visit(next, [...trail, name])
      if (cycle) return cycle
    }
    done.add(name)
    return undefined
  }
  for (const name of Object.keys(services).toSorted()) {
    const cycle = visit(name, [])
    if (cycle) return cycle
  }
  return undefined
}
