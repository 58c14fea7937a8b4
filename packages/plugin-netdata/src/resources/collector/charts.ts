import { setTimeout as sleep } from 'node:timers/promises'
import { fail } from '@lares/core'
import { isHostError } from '@lares/transport'
import { type Chart, isNetdataError, type JobPlace, type NetdataAgent, readTold } from '../../client/index.ts'
import { withoutSecrets } from './secrets.ts'

/** Measurements that may be missing before it counts as gone. */
const MISSED = 5
/** How long it may take from the start of a plugin to a first measurement. */
const START_MS = 60_000
const LOOK_MS = 500
/** Seconds between two measurements of what is waited for; what is measured less often is done when it was not refused. */
const LONGEST = 600

/** Milliseconds that a job may take until it has measured something, which it does every so many seconds. */
export const patienceFor = (every: number): number => START_MS + (every > LONGEST ? 0 : 2000 * every)

/** What the plugins say of each chart: whose it is. */
const isOf = ({ module, name }: JobPlace, { labels }: Chart) =>
  labels._collect_module === module && labels._collect_job === name

/** By the clock of the agent, which is that of what it measures itself. */
const newestOf = (charts: readonly Chart[]) => Math.max(0, ...charts.map(({ lastEntry }) => lastEntry?.getTime() ?? 0))

/** Undefined when it does not answer. */
export async function readCharts({ api, place }: NetdataAgent, signal: AbortSignal): Promise<Chart[] | undefined> {
  if (place.address === undefined) return undefined
  try {
    return await api.charts({ signal })
  } catch (error) {
    signal.throwIfAborted()
    if (isNetdataError(error) || isHostError(error)) return undefined
    throw error
  }
}

const isFresh = ({ lastEntry, updateEvery }: Chart, now: number) =>
  lastEntry !== null && now - lastEntry.getTime() <= MISSED * updateEvery * 1000

/** The charts that a job fills; none where the agent does not answer. The runtime of the job itself is no measurement. */
export function chartsOf(job: JobPlace, charts: readonly Chart[] = []) {
  const now = newestOf(charts)
  const fresh = charts.filter((chart) => isOf(job, chart) && isFresh(chart, now))
  const ids = fresh.map(({ id }) => id).filter((id) => !id.startsWith('netdata.'))
  return { charts: ids.sort(), running: fresh.length > 0 }
}

const REFUSED = /(check|init|initialization|detection) failed|already (served|registered)|unhandled exception/i
const ERROR = /\b(ERROR|WARNING)\b|level=(error|warning)/

export interface WaitedFor extends JobPlace {
  /** Seconds between two measurements, as its file says. */
  readonly every: number
  readonly settings: unknown
}

/** Resolves when it measures; fails with what its plugin says when that refuses it. */
export async function untilItCollects(agent: NetdataAgent, job: WaitedFor, signal: AbortSignal): Promise<void> {
  const { orchestrator, module, name } = job
  const masked = (text: string) => withoutSecrets(text, job.settings)
  const lacks = (summary: string, lines: readonly string[], advice: string) =>
    fail({
      ...{ code: 'not_collecting', summary: masked(`${module}[${name}] ${summary}`) },
      ...{ detail: masked(lines.join('\n')), advice },
    })
  // Without an API nothing tells what it measures.
  if (agent.place.address === undefined) return
  const began = newestOf((await readCharts(agent, signal)) ?? [])
  const start = Date.now()
  let { every } = job
  for (;;) {
    const charts = ((await readCharts(agent, signal)) ?? []).filter((chart) => isOf(job, chart))
    // What was collected before the plugin began again tells nothing.
    if (charts.some(({ lastEntry }) => lastEntry !== null && lastEntry.getTime() > began + 1000)) return
    every = Math.max(every, ...charts.map(({ updateEvery }) => updateEvery))
    const told = await readTold(agent, job, signal)
    if (told.lines.some((line) => REFUSED.test(line))) {
      const errors = told.lines.filter((line) => ERROR.test(line))
      const why = errors.at(0)?.replace(/^.*?(ERROR|WARNING)\s*:\s*/, '') ?? told.lines.at(-1)!
      lacks(
        `collects nothing: ${why}`,
        told.lines,
        'Is what it asks there? The agent goes on trying, every "retryEvery" seconds.',
      )
    }
    const patience = patienceFor(every)
    if (Date.now() > start + patience) {
      if (!told.isRunning)
        lacks(
          `does not run: ${orchestrator}.plugin is not started`,
          [],
          `Is ${orchestrator} off in netdata.conf, or "enabled: no" in ${orchestrator}.conf?`,
        )
      if (every > LONGEST) return
      lacks(
        `has measured nothing within ${patience / 1000} s, and does so every ${every} s`,
        told.lines,
        'See the log of the agent.',
      )
    }
    await sleep(LOOK_MS, undefined, { signal })
  }
}
