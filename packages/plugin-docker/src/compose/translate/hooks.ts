import { defined } from '../../client/options/defined.ts'
import type { Hook, Service } from '../load/project/service.ts'
import type { HookPart, Hooks } from './parts.ts'
import type { Report } from './report.ts'

/** What a service says is to be run in its containers. */
export function hooksOf(name: string, service: Service, report: Report): Hooks {
  const of = (attribute: 'post_start' | 'pre_stop') =>
    (service[attribute] ?? []).flatMap((hook, index) => {
      const part = hookPart(hook)
      if (part) return [part]
      report.problem('compose_invalid_option', ['services', name, attribute, index], 'it has no command')
      return []
    })
  return { postStart: of('post_start'), preStop: of('pre_stop') }
}

function hookPart({ command = [], user, privileged, working_dir, environment = {} }: Hook): HookPart | undefined {
  const [program, ...args] = command
  if (program === undefined) return undefined
  // A variable without a value stays as the container has it.
  const env = Object.fromEntries(
    Object.entries(environment).filter((entry): entry is [string, string] => entry[1] !== null),
  )
  return defined({
    command: [program, ...args] as const,
    user: user || undefined,
    workingDir: working_dir || undefined,
    privileged,
    env: Object.keys(env).length > 0 ? env : undefined,
  })
}
