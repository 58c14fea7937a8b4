import type { ReadyContext } from '@lares/core'
import type { DockerConnection } from '../../provider.ts'
import { askChecks } from '../checks/ask-checks.ts'
import { type NumberedCheck, numbered } from '../checks/probe.ts'
import { isOfContainer } from '../checks/schema.ts'
import { ageOf } from '../container/ready.ts'
import type { ComposeAttributes, ComposeInputs } from './schema.ts'
import type { Troubles } from './troubles.ts'

type Context = ReadyContext<ComposeInputs, ComposeAttributes, DockerConnection>

/** Something that checks are asked of: a container, or the project as a whole. */
interface Subject {
  name: string
  id?: string
  checks: NumberedCheck[]
  /** Of the container, or of the one that was started last. */
  startedAt: string
}

/** Asks all checks of a project that is up. What is not good is one of its troubles. */
export async function askProject(context: Context, troubles: Troubles): Promise<void> {
  const { connection, owner, signal, log } = context
  const advice = `The containers stay as they are. See what they say: lares run ${owner.address} logs`
  await Promise.all(
    subjectsOf(context).map(({ name, id, checks, startedAt }) => {
      const about = { ...(id === undefined ? {} : { id }), steadyMs: ageOf(startedAt), advice }
      return troubles.watch(name, () => askChecks(checks, { connection, signal, log, ...about }))
    }),
  )
}

/** What is asked of containers is asked of each of a service, the rest of its checks once. */
function subjectsOf({ connection, inputs, attributes: { project, services } }: Context): Subject[] {
  const all = numbered(inputs.checks)
  const seen = connection.projects.found.get(project)?.containers ?? []
  const started = new Map(seen.map(({ inspect }) => [inspect.Id, inspect.State.StartedAt]))
  const ofServices = Object.entries(services).flatMap(([service, { containers }]) =>
    containers.map(({ id, name }, index): Subject => {
      const own = all.filter(({ check }) => check.service === service && (index === 0 || isOfContainer(check)))
      return { name, id, checks: own, startedAt: started.get(id) ?? '' }
    }),
  )
  const ofProject = all.filter(({ check }) => check.service === undefined)
  return [...ofServices, { name: project, checks: ofProject, startedAt: [...started.values()].sort().at(-1) ?? '' }]
}
