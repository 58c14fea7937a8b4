import { type BatchItem, defineResource, fail, LaresError, type Owner } from '@lares/core'
import {
  type CollectorFiles,
  changeJobs,
  isModuleOn,
  type JobChange,
  jobOfMark,
  type NetdataAgent,
  readCollectors,
} from '../client/index.ts'
import { sharedQuestion } from '../client/shared-question.ts'
import { netdataProvider } from '../provider.ts'
import { needsAgent } from './agent/claim.ts'
import { chartsOf, readCharts, untilItCollects } from './collector/charts.ts'
import { checkOf, type Inputs, inputs, jobOf } from './collector/inputs.ts'
import { type Attributes, attributes, collectorChanges, orchestratorFor } from './collector/state.ts'

const markOf = ({ lab, address }: Owner) => `${lab}/${address}`

/** What it is on this agent; fails, and says what the agent lacks. */
function placed(wanted: Inputs, files: CollectorFiles, address: string) {
  const orchestrator = orchestratorFor(wanted, files)
  const found = jobOf(wanted, orchestrator, address)
  const what = wanted.module ?? checkOf(wanted)
  const has = files.orchestrators.includes(orchestrator)
  const lacksGo = files.orchestrators.includes('go.d') ? '' : 'this agent has no go.d.plugin, and '
  const advice = lacksGo
    ? "Install Netdata's own package or container, which has go.d; Debian's has none."
    : 'Leave "orchestrator" out.'
  const path = wanted.module === undefined ? what : 'module'
  if (files.orchestrators.length === 0)
    fail({ code: 'no_collectors', path, summary: 'This agent has neither go.d.plugin nor python.d.plugin', advice })
  if (!has) fail({ code: 'no_orchestrator', path, summary: `This agent has no ${orchestrator}.plugin`, advice })
  if (!found || (orchestrator === 'python.d' && !files.pythonModules.has(found.module)))
    return fail({ code: 'no_such_module', path, summary: `${lacksGo}python.d has no module for ${what}`, advice })
  const isSecret = wanted.module !== undefined || Boolean(wanted.mysql ?? wanted.http?.password ?? wanted.http?.headers)
  return { orchestrator, isSecret, ...found }
}

const filesOf = sharedQuestion(readCollectors)

/** Seconds between two measurements from which on it is told what is waited for. */
const TELLING = 20

/** What becomes of all jobs of an agent, in one question to its host and one to the agent. */
async function observe(agent: NetdataAgent, marks: readonly string[], signal: AbortSignal) {
  const files = await readCollectors(agent, signal)
  const jobs = marks.map((mark) => jobOfMark(files, mark))
  const charts = jobs.some(Boolean) ? await readCharts(agent, signal) : undefined
  return jobs.map((found): Attributes | null => {
    if (!found) return null
    const { orchestrator, module, name, job, isLoaded } = found
    return {
      ...{ orchestrator, module, name, job: (job?.settings ?? {}) as Attributes['job'] },
      ...{ enabled: isModuleOn(files, orchestrator, module), loaded: isLoaded },
      ...chartsOf(found, charts),
    }
  })
}

/** All changes of one agent: each job for itself, and what collects them reads its files once. */
async function changeAll(items: readonly BatchItem<Inputs, Attributes, NetdataAgent>[]) {
  const [{ context }] = items as [(typeof items)[0]]
  const { connection: agent, signal } = context
  const files = await readCollectors(agent, signal)
  const failed = new Map<string, Error>()
  const changes = items.flatMap(({ verb, context: { owner, ...context } }): JobChange[] => {
    const mark = markOf(owner)
    if (verb === 'delete') return jobOfMark(files, mark) ? [{ mark, wanted: undefined }] : []
    try {
      return [{ mark, wanted: placed((context as { inputs: Inputs }).inputs, files, owner.address) }]
    } catch (error) {
      failed.set(mark, error as Error)
      return []
    }
  })
  for (const [{ mark }, error] of await changeJobs(agent, files, changes, signal)) failed.set(mark, error)
  const marks = items.map(({ context }) => markOf(context.owner))
  const found = await observe(agent, marks, signal)
  return items.map(({ verb }, index) => {
    const error = failed.get(marks[index]!)
    return error ?? (verb === 'delete' ? null : (found[index] ?? new LaresError([lost])))
  })
}

const lost = { severity: 'error', code: 'job_lost', summary: 'Its file has no such job after all' } as const

export const collector = defineResource({
  type: 'netdata.collector',
  description:
    'One thing that an agent collects from: a check of a URL or port, Docker, MySQL, or any job of a module.',
  proof: 'real',
  ownership: 'shared',
  provider: netdataProvider,
  needs: needsAgent,
  inputs,
  attributes,
  identity: (_, owner) => markOf(owner),
  predict: (wanted, { address }) =>
    wanted.name === undefined ? { name: address.replaceAll('/', '_') } : { name: wanted.name },
  timeouts: { ready: '30m' },
  async prepare({ connection, inputs: wanted, owner, signal }) {
    if (!(await connection.version(signal))) return { orchestrator: wanted.orchestrator ?? ('go.d' as const) }
    const files = await filesOf(connection, signal)
    return { orchestrator: placed(wanted, files, owner.address).orchestrator }
  },
  readMany: (contexts) => {
    const [{ connection, signal }] = contexts as [(typeof contexts)[0]]
    return observe(
      connection,
      contexts.map(({ identity }) => identity),
      signal,
    )
  },
  diff: collectorChanges,
  batch: changeAll,
  async ready({ connection, owner, attributes: { orchestrator, module, name }, signal, log }) {
    const { every = 1, job } = jobOfMark(await filesOf(connection, signal), markOf(owner)) ?? {}
    if (every > TELLING) log(`waits for the first measurement of ${module}[${name}], which is made every ${every} s`)
    await untilItCollects(connection, { orchestrator, module, name, every, settings: job?.settings }, signal)
  },
})
