import { formatDuration } from '../../client/index.ts'
import { defined, isEmpty } from '../../client/options/defined.ts'
import type { ContainerOptions } from '../../options.ts'
import type { Service } from '../load/project/service.ts'
import type { Report } from './report.ts'

/** The names of `deploy.restart_policy` beside those of `restart`. */
const CONDITIONS: Readonly<Record<string, string>> = { none: 'no', any: 'always' }

/** The restart policy; that of `deploy` counts before the service's own. */
export function restartOf(name: string, service: Service, report: Report): string | undefined {
  const policy = service.deploy?.restart_policy
  if (policy === undefined) return service.restart || undefined
  const path = ['services', name, 'deploy', 'restart_policy']
  const { condition = '', max_attempts } = policy
  const restart = CONDITIONS[condition] ?? condition
  if (restart === '') {
    report.unhonoured(path, 'without a condition it restarts nothing, as in Docker Compose', 'Write "condition: any".')
    return undefined
  }
  if (max_attempts && restart !== 'on-failure') {
    const advice = 'Write "condition: on-failure", or leave max_attempts out.'
    report.unhonoured([...path, 'max_attempts'], 'an engine counts attempts only on failure', advice)
  }
  return restart === 'on-failure' && max_attempts ? `on-failure:${max_attempts}` : restart
}

const duration = (nanoseconds: number | undefined): string | undefined =>
  nanoseconds === undefined ? undefined : formatDuration(nanoseconds)

export function healthcheckOf({ healthcheck }: Service): ContainerOptions['healthcheck'] {
  if (healthcheck === undefined) return undefined
  if (healthcheck.disable) return { disable: true }
  const { test = [], interval, timeout, retries, start_period, start_interval } = healthcheck
  const options = defined({
    test: test.length > 0 ? test : undefined,
    interval: duration(interval || undefined),
    timeout: duration(timeout || undefined),
    retries: retries || undefined,
    startPeriod: duration(start_period || undefined),
    startInterval: duration(start_interval || undefined),
  })
  return isEmpty(options) ? undefined : options
}

export function loggingOf({ logging }: Service): ContainerOptions['logging'] {
  const { driver, options = {} } = logging ?? {}
  const said = defined({ driver: driver || undefined, options: isEmpty(options) ? undefined : options })
  return isEmpty(said) ? undefined : said
}

export const stopGracePeriodOf = ({ stop_grace_period }: Service): string | undefined => duration(stop_grace_period)
