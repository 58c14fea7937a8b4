import { editFile, HostError } from '@lares/transport'
import type { NetdataAgent } from './agent.ts'
import { type CollectorFiles, isModuleOn, STOCK } from './collectors.ts'
import {
  type CollectorJob,
  jobIn,
  type Orchestrator,
  otherJobs,
  withJob,
  withoutJob,
} from './formats/collector/job-files.ts'
import { isSwitchedOn, withoutSwitch, withSwitch } from './formats/collector/module-switch.ts'
import { hasBlocks } from './formats/marked-block.ts'
import { guardFile, readText, whereItRuns } from './inside.ts'
import { reloadCollectors } from './reload-collectors.ts'
import { endNotes, type JobPlace, noteName, writeNote } from './unfinished-jobs.ts'

export interface PlacedJob {
  readonly orchestrator: Orchestrator
  readonly module: string
  readonly job: CollectorJob
  /** Nobody but root and the agent may read it. */
  readonly isSecret: boolean
}

const fileOf = ({ place }: NetdataAgent, orchestrator: Orchestrator, module: string) =>
  `${place.config}/${orchestrator}/${module}.conf`

const switchesOf = ({ place }: NetdataAgent, orchestrator: Orchestrator) => `${place.config}/${orchestrator}.conf`

export interface JobChange {
  readonly mark: string
  /** Undefined: no longer. */
  readonly wanted: PlacedJob | undefined
}

/**
 * Has an agent collect jobs, each from one place only, or no longer; its plugins read their files once for all. A change that
 * was cut short is ended by the next one of its mark. Resolves with those that a line of somebody else is in the way of, of
 * which nothing was changed. Rejects with a HostError.
 */
export async function changeJobs(
  agent: NetdataAgent,
  files: CollectorFiles,
  changes: readonly JobChange[],
  signal?: AbortSignal,
): Promise<Map<JobChange, HostError>> {
  const refused = new Map<JobChange, HostError>()
  const stale = new Set<Orchestrator>()
  for (const change of changes) {
    try {
      for (const one of await changeFiles(agent, files, change, signal)) stale.add(one)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      refused.set(change, error)
    }
  }
  for (const one of stale) await reloadCollectors(agent, one, signal)
  const marks = changes.filter((change) => !refused.has(change)).map(({ mark }) => mark)
  await endNotes(agent, marks, signal)
  return refused
}

class Refusal extends HostError {}

/** Resolves with what has to read its files again. */
async function changeFiles(
  agent: NetdataAgent,
  files: CollectorFiles,
  { mark, wanted }: JobChange,
  signal?: AbortSignal,
): Promise<Orchestrator[]> {
  const leaving = placesOf(files, mark).filter(
    ({ orchestrator, module }) => orchestrator !== wanted?.orchestrator || module !== wanted.module,
  )
  const places = wanted ? [{ ...wanted, name: wanted.job.name }, ...leaving] : leaving
  const edits = wanted && (await editsOf(agent, files, mark, wanted, signal))
  await writeNote(agent, mark, places, signal)
  if (wanted && edits) await saveJob(agent, files, wanted, edits, signal)
  for (const one of leaving) await dropJob(agent, one, mark, signal)
  return places.map(({ orchestrator }) => orchestrator)
}

/** Where the job of a mark is, or may still be collected from. */
function placesOf(files: CollectorFiles, mark: string): JobPlace[] {
  const found = files.marked.flatMap(({ orchestrator, module, text }) => {
    const job = jobIn(text, orchestrator, mark)
    return job ? [{ orchestrator, module, name: job.name }] : []
  })
  const all = [...(files.unfinished.get(noteName(mark)) ?? []), ...found]
  return [...new Map(all.map((one) => [`${one.orchestrator}/${one.module}`, one])).values()]
}

interface Edits {
  job(text: string): string
  switches(text: string): string
}

/**
 * What becomes of the file of the module and of that of the switches. A file that is not there yet begins as a copy of the
 * one that the packages brought, which is not read any more once there is another.
 */
async function editsOf(
  agent: NetdataAgent,
  files: CollectorFiles,
  mark: string,
  { orchestrator, module, job }: PlacedJob,
  signal?: AbortSignal,
): Promise<Edits> {
  const { host } = agent
  const path = fileOf(agent, orchestrator, module)
  const stock = await readStock(agent, `${orchestrator}/${module}.conf`, signal)
  const { user = '', stock: brought = '' } = files.switches[orchestrator]
  const refuse = (message: string, advice: string): never => {
    throw new Refusal('io_failed', `${path} on ${host.description} is left as it is: ${message}`, { advice })
  }
  const edits: Edits = {
    job(text) {
      const before = text === '' ? stock : text
      try {
        if (otherJobs(before, orchestrator, mark).includes(job.name))
          refuse(`it has another job ${job.name}`, 'Give this one another "name", or remove the other by hand.')
        return withJob(before, orchestrator, mark, job)
      } catch (error) {
        if (error instanceof Refusal) throw error
        return refuse((error as Error).message, 'Mend it by hand.')
      }
    },
    switches(text) {
      const before = text === '' && orchestrator === 'go.d' ? brought : text
      if (isSwitchedOn(orchestrator, module, { user: before, stock: brought }, files.pythonModules.get(module)?.isOff))
        return text
      return (
        withSwitch(before, orchestrator, module) ??
        refuse(`${orchestrator}.conf switches ${module} off`, `Remove that line of ${orchestrator}.conf.`)
      )
    },
  }
  edits.job((await readText(host, path, signal)) ?? '')
  edits.switches(user)
  return edits
}

async function saveJob(
  agent: NetdataAgent,
  files: CollectorFiles,
  { orchestrator, module, isSecret }: PlacedJob,
  edits: Edits,
  signal?: AbortSignal,
): Promise<void> {
  const { host, place } = agent
  const path = fileOf(agent, orchestrator, module)
  if (isSecret) await guardFile(host, path, files.group, signal)
  else await host.exec(['mkdir', '-p', `${place.config}/${orchestrator}`], { signal })
  await editFile(host, path, edits.job, { signal })
  if (!isModuleOn(files, orchestrator, module))
    await editFile(host, switchesOf(agent, orchestrator), edits.switches, { signal })
}

/** Takes a job out of a file, and what only it needed; what is then as the packages brought it goes. */
async function dropJob(
  agent: NetdataAgent,
  { orchestrator, module }: JobPlace,
  mark: string,
  signal?: AbortSignal,
): Promise<void> {
  const { host } = agent
  const path = fileOf(agent, orchestrator, module)
  let isLast = false
  const edit = (text: string) => {
    const rest = withoutJob(text, orchestrator, mark)
    isLast = !hasBlocks(rest)
    return rest
  }
  await editFile(host, path, edit, { signal })
  if (!isLast) return
  const switches = switchesOf(agent, orchestrator)
  await editFile(host, switches, (text) => withoutSwitch(text, orchestrator, module), { signal })
  await dropCopy(agent, path, await readStock(agent, `${orchestrator}/${module}.conf`, signal), signal)
  // What go.d reads in place of the stock file says the same now; python.d reads an empty one as none.
  const brought = orchestrator === 'go.d' ? await readStock(agent, `${orchestrator}.conf`, signal) : ''
  await dropCopy(agent, switches, brought, signal)
}

/** A guarded file is empty until its job is written. */
const dropCopy = ({ host }: NetdataAgent, path: string, stock: string, signal?: AbortSignal) =>
  host.script('[ ! -e "$1" ] || { [ -s "$1" ] && ! printf %s "$STOCK" | cmp -s - "$1"; } || rm -f "$1"', {
    ...{ args: [path], env: { STOCK: stock }, signal },
  })

async function readStock({ host, place }: NetdataAgent, name: string, signal?: AbortSignal): Promise<string> {
  const [script, args] = whereItRuns(place, `${STOCK}[ ! -f "$stock/$1" ] || cat "$stock/$1"`, [name])
  return (await host.ask(script, { args, signal })).stdout
}
