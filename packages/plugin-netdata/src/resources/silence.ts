import { type BatchItem, type Change, defineResource, fail, LaresError, type ReadContext } from '@lares/core'
import * as z from 'zod'
import type { NetdataAgent, Selector } from '../client/index.ts'
import { keyOf } from '../client/replay.ts'
import { changeSilencing, readSilencing, type Silencing, type SilencingChange } from '../client/silencing.ts'
import { netdataProvider } from '../provider.ts'
import { needsAgent } from './agent/claim.ts'

/** The agent splits what it is told at `&`, and writes it down without escaping. */
const pattern = z
  .string()
  .regex(/^[^&"\\\p{Cc}\s]([^&"\\\p{Cc}]*[^&"\\\p{Cc}\s])?$/u, 'Expected one line without &, " and \\')

const selectors = {
  alarm: pattern.optional().describe('Patterns of names of alarms: `disk_* !disk_full`'),
  chart: pattern.optional().describe('Patterns of charts: `disk_space.*`'),
  context: pattern.optional().describe('Patterns of contexts: `disk.space`'),
  host: pattern.optional().describe('Patterns of hostnames'),
  family: pattern.optional().describe('Patterns of families; before Netdata 1.43'),
}
const fields = Object.keys(selectors) as (keyof typeof selectors)[]

const inputs = z
  .object({
    ...selectors,
    all: z.literal(true).optional().describe('Every alarm, in place of patterns'),
    disable: z.boolean().default(false).describe('They are not even calculated; without it, only nobody is told'),
  })
  .superRefine((wanted, context) => {
    const given = fields.filter((field) => wanted[field] !== undefined)
    if (wanted.all ? given.length > 0 : given.length === 0)
      context.addIssue({
        code: 'custom',
        path: ['all'],
        message: 'Expected either patterns, all of which must match, or "all"',
      })
  })
type Inputs = z.output<typeof inputs>

const attributes = z.object({
  ...selectors,
  all: z.literal(true).optional(),
  disable: z.boolean().describe('They are not even calculated'),
  finished: z.boolean().describe('False: a change was cut short, and what it has to bring back is written down'),
})
type Attributes = z.output<typeof attributes>
type Item = BatchItem<Inputs, Attributes, NetdataAgent>

const ALL = 'all'
const selectorOf = (of: Inputs | Attributes): Selector =>
  Object.fromEntries(fields.flatMap((field) => (of[field] === undefined ? [] : [[field, of[field]]])))
const identityOf = (of: Inputs | Attributes): string => (of.all ? ALL : keyOf(selectorOf(of)))
const kindOf = ({ disable }: { disable: boolean }) => (disable ? ('disable' as const) : ('silence' as const))

function attributesOf({ kind, all, selectors, removed, finished }: Silencing, identity: string): Attributes | null {
  const how = { disable: kind === 'disable', finished }
  if (identity === ALL) return all ? { all, ...how } : null
  // What is on its way out may still be there.
  const found = [...selectors, ...removed].find((one) => keyOf(one) === identity)
  return found ? { ...found, ...how } : null
}

async function readMany(contexts: readonly ReadContext<Inputs, Attributes, NetdataAgent>[]) {
  const [{ connection, signal }] = contexts as [(typeof contexts)[0]]
  if (!(await connection.version(signal))) return contexts.map(() => null)
  const found = await readSilencing(connection, signal)
  return contexts.map(({ identity }) => attributesOf(found, identity))
}

/** An agent silences all that its selectors match, or disables it: one of both. */
async function changeAll(items: readonly Item[]): Promise<(Attributes | null | Error)[]> {
  const [{ context }] = items as [Item]
  const { connection, signal } = context
  const wanted = items.flatMap(({ verb, context }) => (verb === 'delete' ? [] : [context.inputs]))
  const gone = items.flatMap(({ verb, context }) => (verb === 'delete' ? [context.observed] : []))
  const after = await changeSilencing(connection, (before) => changeOf(before, wanted, gone), signal)
  return items.map((item) => {
    const found = attributesOf(after, item.verb === 'delete' ? item.context.identity : identityOf(item.context.inputs))
    return item.verb === 'delete' ? null : (found ?? new LaresError([notThere]))
  })
}

function changeOf(before: Silencing, wanted: readonly Inputs[], gone: readonly Attributes[]): SilencingChange {
  const kinds = new Set(wanted.map(kindOf))
  const mine = new Set([...wanted, ...gone].map(identityOf))
  const isOthers = before.all ? !mine.has(ALL) : before.selectors.some((one) => !mine.has(keyOf(one)))
  const [kind = null] = kinds
  if (kinds.size > 1 || (kind !== null && isOthers && before.kind !== null && before.kind !== kind))
    fail({
      code: 'mixed_silences',
      path: 'disable',
      summary: 'An agent either silences or disables all that it is told of, and others want it the other way',
      advice: 'Say "disable" of all silences of this agent, or of none. `lares import` shows those of others.',
    })
  const isAll = ({ all }: Inputs | Attributes) => all === true
  const all = wanted.some(isAll) ? true : gone.some(isAll) ? false : undefined
  const some = (of: readonly (Inputs | Attributes)[]) => of.filter((one) => !isAll(one)).map(selectorOf)
  return { add: some(wanted), remove: some(gone), all, kind }
}

const notThere = { severity: 'error', code: 'not_silenced', summary: 'The agent did not keep it' } as const

export const silence = defineResource({
  type: 'netdata.silence',
  description: 'Alarms that nobody is told of, or that are not calculated, until it is deleted.',
  proof: 'real',
  provider: netdataProvider,
  needs: needsAgent,
  inputs,
  attributes,
  identity: identityOf,
  ownership: 'asserted',
  replaceOn: [...fields, 'all'],
  readMany,
  diff({ observed, diff }): Change[] {
    const changes = diff()
    if (!observed.finished && changes.length === 0)
      changes.push({ path: 'finished', before: false, after: true, effect: 'live', cause: 'drifted' })
    return changes
  },
  batch: changeAll,
  async list(connection, signal) {
    const found = await readSilencing(connection, signal)
    const identities = [...(found.all ? [ALL] : []), ...found.selectors.map(keyOf)].filter((each) => each !== '')
    return identities.flatMap((identity) => {
      const seen = attributesOf(found, identity)
      return seen ? [{ identity, attributes: seen, name: identity.replace(/[^a-z0-9]+/gi, '-') }] : []
    })
  },
  inputsOf: ({ finished: _, ...rest }) => rest,
})
