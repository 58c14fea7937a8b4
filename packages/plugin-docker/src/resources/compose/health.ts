import type { Alert, Health, InquiryContext } from '@lares/core'
import type { DockerConnection } from '../../provider.ts'
import { healthOf } from '../container/health.ts'
import type { ComposeAttributes, ComposeInputs } from './schema.ts'

/** How the containers of a project are doing, as they were just read: an alert for each that does not do what it is for. */
export async function projectHealth({
  connection,
  observed: { project, services },
}: InquiryContext<ComposeInputs, ComposeAttributes, DockerConnection>): Promise<Health> {
  const containers = connection.projects.found.get(project)?.containers ?? []
  const found = containers.map(({ service, name, inspect }) => ({
    ...healthOf(inspect),
    status: inspect.State.Status,
    source: services[service]?.containers.length === 1 ? service : name,
  }))
  const alerts = found.flatMap(({ state, status, ...said }): Alert[] => {
    if (state === 'degraded') return [{ name: 'unhealthy', severity: 'warning', ...said }]
    return state === 'down' ? [{ name: status, severity: 'critical', ...said }] : []
  })
  const all = `${found.length} container${found.length === 1 ? '' : 's'}`
  if (alerts.length > 0) {
    const isDown = found.every(({ state }) => state === 'down')
    return { state: isDown ? 'down' : 'degraded', summary: `${alerts.length} of ${all} in trouble`, alerts }
  }
  const starting = found.filter(({ state }) => state === 'starting').length
  if (starting > 0) return { state: 'starting', summary: `${starting} of ${all} not healthy yet` }
  return { state: 'healthy', summary: all }
}
