import { type Change, type DiffContext, isUnknown, sensitive } from '@lares/core'
import * as z from 'zod'
import type { CollectorFiles, CollectorJob, Orchestrator } from '../../client/index.ts'
import { type Inputs, jobOf } from './inputs.ts'

export const attributes = z.object({
  orchestrator: z.enum(['go.d', 'python.d']).describe('What runs it'),
  module: z.string().describe('What it is there: `httpcheck`'),
  name: z.string().describe('Of the job'),
  job: sensitive(z.record(z.string(), z.json())).describe('Its settings, as they stand in the file'),
  enabled: z.boolean().describe('The module is switched on'),
  loaded: z
    .boolean()
    .describe('It stands in one file only, and what collects has read that since it became what it is'),
  charts: z.array(z.string()).describe('Ids of the charts that it fills now'),
  running: z.boolean().describe('It has measured something just now'),
})
export type Attributes = z.output<typeof attributes>

/** go.d where the agent has it, and else what it has. */
export const orchestratorFor = ({ orchestrator }: Inputs, { orchestrators }: CollectorFiles): Orchestrator =>
  orchestrator ?? (orchestrators.includes('go.d') || !orchestrators.includes('python.d') ? 'go.d' : 'python.d')

const isOpen = (value: unknown): boolean =>
  isUnknown(value) || (typeof value === 'object' && value !== null && Object.values(value).some(isOpen))

const same = (one: unknown, other: unknown): boolean =>
  JSON.stringify(one, (_, value) => (isRecord(value) ? Object.fromEntries(Object.entries(value).sort()) : value)) ===
  JSON.stringify(other, (_, value) => (isRecord(value) ? Object.fromEntries(Object.entries(value).sort()) : value))
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

type Context = DiffContext<Inputs, Attributes, { orchestrator: Orchestrator }>

/** What was asked for differently, and what the file says otherwise; settings may hold secrets, so they show as such. */
export function collectorChanges({ desired, observed, owner, prepared, recorded, diff }: Context): Change[] {
  const found = prepared && !isOpen(desired) ? jobOf(desired, prepared.orchestrator, owner.address) : undefined
  const settings = found ? settingChanges(found.job, observed.job) : []
  // All that can be said of it is in its file.
  const isThere = found !== undefined && settings.length === 0
  const asked = isThere || recorded === undefined ? [] : diff({ skip: ['orchestrator', 'name', 'module'] })
  const changes = [...asked]
  const differ = (path: string, before: unknown, after: unknown) => {
    if (before !== after) changes.push({ path, before, after, effect: 'live', cause: 'changed' })
  }
  if (found && prepared) {
    differ('orchestrator', observed.orchestrator, prepared.orchestrator)
    differ('module', observed.module, found.module)
    differ('name', observed.name, found.job.name)
    if (asked.length === 0) changes.push(...settings)
  }
  const mend = (path: 'enabled' | 'loaded') =>
    changes.push({ path, before: false, after: true, effect: 'live', cause: 'drifted' })
  if (!observed.enabled) mend('enabled')
  if (!observed.loaded && changes.length === 0) mend('loaded')
  return changes
}

const settingChanges = ({ settings }: CollectorJob, there: Record<string, unknown>): Change[] =>
  [...new Set([...Object.keys(settings), ...Object.keys(there)])].flatMap((key): Change[] => {
    const [before, after] = [there[key], settings[key]]
    if (same(before, after)) return []
    return [{ path: `job.${key}`, before, after, effect: 'live', cause: 'drifted', secret: true }]
  })
