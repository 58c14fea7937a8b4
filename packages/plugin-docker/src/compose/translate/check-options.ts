import { canonicalOptions } from '../../client/index.ts'
import { type ContainerOptions, containerOptions } from '../../options.ts'
import type { Report } from './report.ts'

/** The attributes of a service that have another name among the options of a container. */
const ATTRIBUTES: Readonly<Record<string, string>> = {
  env: 'environment',
  mounts: 'volumes',
  extraHosts: 'extra_hosts',
  stopGracePeriod: 'stop_grace_period',
  shmSize: 'shm_size',
  sysctls: 'sysctls',
}
const SAME = [
  'image',
  'ports',
  'expose',
  'tmpfs',
  'networks',
  'restart',
  'healthcheck',
  'devices',
  'ulimits',
  'logging',
]

/** Tells values that no engine would take. */
export function checkOptions(name: string, options: ContainerOptions, report: Report): void {
  const tell = (option: string | undefined, message: string) => {
    const attribute = SAME.find((it) => it === option) ?? ATTRIBUTES[option ?? '']
    const summary = attribute === undefined && option !== undefined ? `${option}: ${message}` : message
    report.problem(
      'compose_invalid_option',
      ['services', name, ...(attribute === undefined ? [] : [attribute])],
      summary,
    )
  }
  const { error } = containerOptions.safeParse(options)
  for (const { path, message } of error?.issues ?? []) tell(path[0]?.toString(), message)
  if (error) return
  try {
    canonicalOptions(options)
  } catch (problem) {
    if (!(problem instanceof RangeError)) throw problem
    const [, option, message = problem.message] = /^([a-zA-Z]+): (.*)$/s.exec(problem.message) ?? []
    tell(option, message)
  }
}
