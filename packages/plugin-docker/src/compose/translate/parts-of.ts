import type { Diagnostic } from '@lares/core'
import { NAME_PATTERN } from '../../client/index.ts'
import type { Project } from '../load/project/project.ts'
import { checkOptions } from './check-options.ts'
import { containerPart } from './container.ts'
import { type EngineLimits, withinLimits } from './engine-limits.ts'
import { reportUnhonoured } from './honoured.ts'
import { hooksOf } from './hooks.ts'
import { imagePart } from './image.ts'
import { containerNames, scaleOf } from './names.ts'
import { sharedServices } from './namespaces.ts'
import { networkParts } from './networks.ts'
import { inDependencyOrder } from './order.ts'
import type { ContainerPart, Parts, ServicePart } from './parts.ts'
import { createReport, type Report } from './report.ts'
import { volumeParts } from './volumes.ts'

/**
 * What an engine is to be told so that a project is there, as Docker Compose 2.26.1 tells it. Nothing is read and nothing
 * is asked: an attribute that cannot be honoured is in the diagnostics (`compose_not_honoured`, a warning), and so is what
 * makes the parts useless (errors: `compose_unsupported`, `compose_name_taken`, `compose_contradiction`,
 * `compose_variable_unset`, `compose_invalid_option`, …), each with its place. Without an engine, what
 * only newer ones know is among the parts, and an older one refuses it when a container is created.
 */
export function partsOf(declared: Project, engine?: EngineLimits): { parts: Parts; diagnostics: Diagnostic[] } {
  const report = createReport(declared)
  const project = engine ? withinLimits(declared, engine, report) : declared
  reportUnhonoured(project, report)
  reportNames(project, report)
  const parts: Parts = {
    project: project.name,
    networks: networkParts(project, report),
    volumes: volumeParts(project),
    services: inDependencyOrder(project.services).map((name) => servicePart(project, name, report)),
  }
  return { parts, diagnostics: report.diagnostics }
}

function servicePart(project: Project, name: string, report: Report): ServicePart {
  const service = project.services[name]!
  const shared = sharedServices(service)
  for (const { attribute, service: other } of shared) {
    if (containerNames(project, other).length > 0) continue
    report.problem('compose_no_container', ['services', name, attribute], `the service ${other} has no container`)
  }
  const dependencies = Object.entries(service.depends_on ?? {}).filter(([other]) => other in project.services)
  return {
    name,
    image: imagePart(project, name, service, report),
    dependsOn: Object.fromEntries(dependencies),
    attachedTo: [...new Set(shared.map((it) => it.service))],
    containers: containersOf(project, name, report),
    hooks: hooksOf(name, service, report),
  }
}

/** All containers of a service say the same, so that what is wrong is told for one of them, also when there is none. */
function containersOf(project: Project, name: string, report: Report): ContainerPart[] {
  const silent = createReport(project)
  const first = containerPart(project, name, 1, report)
  checkOptions(name, first.options, report)
  return Array.from({ length: scaleOf(project.services[name]!) }, (_, index) =>
    index === 0 ? first : containerPart(project, name, index + 1, silent),
  )
}

const LETTERS = 'letters, digits, "_", "." and "-", at least two of them, and a letter or digit first'

/** An engine takes some names only, and has one container of each. */
function reportNames(project: Project, report: Report): void {
  for (const [key, { name, external, driver = 'local' }] of Object.entries(project.volumes)) {
    if (external || driver !== 'local' || NAME_PATTERN.test(name)) continue
    report.problem('compose_invalid_option', ['volumes', key, 'name'], `"${name}" is no name of a volume: ${LETTERS}`)
  }
  const owners = new Map<string, string>()
  for (const [name, { container_name: own }] of Object.entries(project.services)) {
    const path = ['services', name, 'container_name']
    if (own && !NAME_PATTERN.test(own))
      report.problem('compose_invalid_option', path, `"${own}" is no name of a container: ${LETTERS}`)
    for (const container of containerNames(project, name)) {
      const owner = owners.get(container)
      owners.set(container, owner ?? name)
      if (owner === undefined) continue
      const at = !own ? ['services', owner, 'container_name'] : path
      const who = owner === name ? `${name} more than once` : `the services ${owner} and ${name}`
      report.problem('compose_name_taken', at, `${who} would have a container called ${container}`)
      break
    }
  }
}
