import { setTimeout as sleep } from 'node:timers/promises'
import { type BatchItem, fail, LaresError } from '@lares/core'
import { type AlarmFile, type AlarmFileChange, changeAlarmFiles, readAlarmFiles } from '../../client/alarm-files.ts'
import { isNetdataError } from '../../client/api/index.ts'
import { formatFile, formatMark } from '../../client/formats/health/index.ts'
import type { AgentVersion, NetdataAgent } from '../../client/index.ts'
import type { Inputs } from './inputs.ts'
import { type AlarmPlace, type Attributes, isFrom, namesOf, readAlarms, seenAlarms, strayNames } from './state.ts'
import { alarmsIn, fileNameOf, textOf } from './text.ts'

export type Item = BatchItem<Inputs, Attributes, NetdataAgent>
type Outcome = Attributes | null | Error

const placeOf = (item: Item): AlarmPlace => ({ name: nameOf(item), owner: item.context.owner })
const nameOf = (item: Item): string => (item.verb === 'delete' ? item.context.identity : fileNameOf(item.context.owner))

export async function versionOf(agent: NetdataAgent, signal: AbortSignal): Promise<AgentVersion> {
  const version = await agent.version(signal)
  if (version) return version
  return fail({
    code: 'no_agent',
    summary: `${agent.host.description} has no Netdata`,
    advice: 'Install it with netdata.agent, or name what does in "dependsOn".',
  })
}

/** What each is to be, and which the agent would not take. */
function filesOf(
  items: readonly Item[],
  version: AgentVersion | undefined,
  there: ReadonlyMap<string, AlarmFile>,
): [AlarmFileChange[], Map<Item, Error>] {
  const files: AlarmFileChange[] = []
  const refused = new Map<Item, Error>()
  for (const item of items) {
    try {
      const { name, owner } = placeOf(item)
      const mark = formatMark(owner)
      files.push({ name, mark, text: fileText(item, version!) })
      files.push(...strayNames(there, name, owner).map((name) => ({ name, mark, text: undefined })))
    } catch (error) {
      if (!(error instanceof LaresError)) throw error
      refused.set(item, error)
    }
  }
  return [files, refused]
}

function fileText({ verb, context }: Item, version: AgentVersion): string | undefined {
  if (verb === 'delete') return undefined
  const { owner, inputs } = context
  return formatFile({ owner, enabled: inputs.enabled, text: textOf(inputs, version) })
}

/** All changes of one agent: each file for itself, and one reload. Answers in the order of the items. */
export async function changeAlarms(items: readonly Item[]): Promise<Outcome[]> {
  const [{ context }] = items as [Item]
  const { connection, signal } = context
  const version = items.every(({ verb }) => verb === 'delete') ? undefined : await versionOf(connection, signal)
  const there = await readAlarmFiles(connection, namesOf(items.map(placeOf)), signal)
  const [files, refused] = filesOf(items, version, there)
  if (files.length > 0) {
    await changeAlarmFiles(connection, files, signal)
    await untilSeen(
      connection,
      items.filter((item) => !refused.has(item)),
      files.flatMap(({ name, text }) => (text === undefined ? [name] : [])),
      { version, signal },
    )
  }
  const found = await readAlarms(connection, items.map(placeOf), signal)
  return items.map((item, index) => refused.get(item) ?? (item.verb === 'delete' ? null : found[index]!))
}

/** An agent has its alarms as soon as it has read them; one that is busy may say so late. */
const SEEN_MS = 10_000

async function untilSeen(
  agent: NetdataAgent,
  items: readonly Item[],
  removed: readonly string[],
  { version, signal }: { version: AgentVersion | undefined; signal: AbortSignal },
): Promise<void> {
  const until = Date.now() + SEEN_MS
  const [gone, there] = [
    [...removed, ...items.filter((item) => item.verb !== 'delete' && !item.context.inputs.enabled).map(nameOf)],
    version ? await certain(agent, items, version, signal) : [],
  ]
  while (Date.now() < until) {
    const seen = await seenAlarms(agent, signal)
    if (!seen) return
    const has = (name: string) => seen.some((alarm) => isFrom(alarm, name))
    if (!gone.some(has) && there.every(has)) return
    await sleep(200, undefined, { signal })
  }
}

/** Names of files whose alarms the agent is sure to have: nothing narrows them, and their chart is there. */
async function certain(agent: NetdataAgent, items: readonly Item[], version: AgentVersion, signal: AbortSignal) {
  const charts = await knownCharts(agent, signal)
  return items
    .filter(
      (item) =>
        item.verb !== 'delete' &&
        item.context.inputs.enabled &&
        alarmsIn(textOf(item.context.inputs, version), version).some(
          ({ alarm, on, os, hosts, hostLabels, chartLabels, plugin, module }) =>
            alarm !== undefined && charts?.has(on) && !(os ?? hosts ?? hostLabels ?? chartLabels ?? plugin ?? module),
        ),
    )
    .map(nameOf)
}

export interface KnownCharts {
  has(chart: string): boolean
  readonly charts: readonly string[]
  readonly contexts: readonly string[]
}

/** Undefined while the agent does not answer. */
export async function knownCharts(agent: NetdataAgent, signal: AbortSignal): Promise<KnownCharts | undefined> {
  if (agent.place.address === undefined) return undefined
  try {
    const found = await agent.api.charts({ signal })
    const charts = new Set(found.flatMap(({ id, name }) => [id, name]))
    const contexts = new Set(found.map(({ context }) => context))
    return { has: (chart) => charts.has(chart), charts: [...charts], contexts: [...contexts] }
  } catch (error) {
    if (isNetdataError(error, 'unreachable', 'starting', 'timeout', 'incomplete')) return undefined
    throw error
  }
}
