import { type CreateContext, defineResource, fail, type Owner, type UpdateContext } from '@lares/core'
import {
  type CollectorFiles,
  dropJob,
  isModuleOn,
  jobIn,
  type NetdataAgent,
  type Orchestrator,
  readCollectors,
  reloadCollectors,
  saveJob,
} from '../client/index.ts'
import { netdataProvider } from '../provider.ts'
import { needsAgent } from './agent/claim.ts'
import { chartsOf, untilItCollects } from './collector/charts.ts'
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

async function observe(agent: NetdataAgent, mark: string, signal: AbortSignal): Promise<Attributes | null> {
  const files = await readCollectors(agent, mark, signal)
  if (!files.marked) return null
  const { orchestrator, module, text } = files.marked
  const { name, settings } = jobIn(text, orchestrator, mark)!
  const seen = await chartsOf(agent, { orchestrator, module, name }, signal)
  return {
    ...{ orchestrator, module, name, job: settings as Attributes['job'] },
    enabled: isModuleOn(files, orchestrator, module),
    ...seen,
  }
}

async function write(context: CreateContext<Inputs, NetdataAgent> | UpdateContext<Inputs, Attributes, NetdataAgent>) {
  const { connection: agent, inputs: wanted, owner, signal } = context
  const mark = markOf(owner)
  const files = await readCollectors(agent, mark, signal)
  const { orchestrator, module, job, isSecret } = placed(wanted, files, owner.address)
  const stale = new Set<Orchestrator>([orchestrator])
  await saveJob(agent, files, mark, { orchestrator, module, job, isSecret }, signal)
  const was = files.marked
  if (was && (was.orchestrator !== orchestrator || was.module !== module)) {
    await dropJob(agent, was, mark, signal)
    stale.add(was.orchestrator)
  }
  for (const one of stale) await reloadCollectors(agent, one, signal)
  return (
    (await observe(agent, mark, signal)) ??
    fail({ code: 'job_lost', summary: `${module}.conf has no job ${job.name} after all` })
  )
}

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
  timeouts: { ready: '5m' },
  async prepare({ connection, inputs: wanted, owner, signal }) {
    if (!(await connection.version(signal))) return { orchestrator: wanted.orchestrator ?? ('go.d' as const) }
    const files = await readCollectors(connection, markOf(owner), signal)
    return { orchestrator: placed(wanted, files, owner.address).orchestrator }
  },
  read: ({ connection, identity, signal }) => observe(connection, identity, signal),
  diff: collectorChanges,
  create: write,
  update: write,
  async delete({ connection, identity, signal }) {
    const { marked } = await readCollectors(connection, identity, signal)
    if (!marked) return
    await dropJob(connection, marked, identity, signal)
    await reloadCollectors(connection, marked.orchestrator, signal)
  },
  ready: ({ connection, attributes: { orchestrator, module, name }, signal }) =>
    untilItCollects(connection, { orchestrator, module, name }, signal),
})
