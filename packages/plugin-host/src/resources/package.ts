import {
  type BatchItem,
  type Change,
  type DiffContext,
  defineResource,
  type Owner,
  type ReadContext,
} from '@lares/core'
import { type Host, hostProvider } from '@lares/transport'
import * as z from 'zod'
import {
  changePackages,
  type LedgerChange,
  type PackageManager,
  type Packages,
  packageManagers,
  readPackages,
  type Transaction,
} from '../client/packages.ts'
import { needsOf, type PackageWish } from './package-needs.ts'

const packageName = z
  .string()
  .regex(/^[A-Za-z0-9][\w.+-]*(:[a-z0-9]+)?$/, 'Expected the name of a package, such as "nginx" or "libc6:i386"')

const inputs = z
  .object({
    name: z
      .union([packageName, z.array(packageName).min(1)])
      .optional()
      .describe("Name of the package, or several; the resource's own when absent"),
    version: z
      .string()
      .regex(/^[^\s'"]+$/)
      .optional()
      .describe('This very version, as the package system writes it, or a pattern: `1.22.*`'),
    latest: z.boolean().default(false).describe('Upgrade whenever the package lists offer a newer version'),
    hold: z.boolean().optional().describe('Keep others from changing it (apt, dnf with versionlock, zypper)'),
    manager: z.enum(packageManagers).optional().describe('The package system; found out when absent'),
  })
  .refine(({ name, version }) => version === undefined || !Array.isArray(name), {
    path: ['version'],
    message: 'Give a version to one package alone',
  })
type Inputs = z.output<typeof inputs>

const attributes = z.object({
  versions: z.record(z.string(), z.string()).describe('Versions of those that are installed, by name'),
  made: z.array(z.string()).describe('Those that were installed for this resource; they go with it'),
  held: z.array(z.string()),
  candidates: z.record(z.string(), z.string()).optional().describe('What the package lists offer, with `latest`'),
  manager: z.enum(packageManagers).describe('The package system'),
})
type Attributes = z.output<typeof attributes>
type Item = BatchItem<Inputs, Attributes, Host>

const namesOf = ({ name }: Inputs, { address }: Owner): string[] => [name ?? address].flat()
const markOf = ({ lab, address }: Owner) => `${lab}/${address}`
const wishOf = (wanted: Inputs, owner: Owner): PackageWish => ({ ...wanted, names: namesOf(wanted, owner) })

/** What is known of the packages of one resource, be they there or not. `listed` are those that it wants. */
function viewOf(
  names: readonly string[],
  listed: readonly string[],
  owner: Owner,
  { manager, states, made }: Packages,
): Attributes {
  const mine = made.get(markOf(owner)) ?? []
  const all = [...new Set([...names, ...mine])]
  const pick = (of: 'version' | 'candidate') =>
    Object.fromEntries(
      all.flatMap((name) => {
        const value = states.get(name)?.[of]
        return value === undefined ? [] : [[name, value]]
      }),
    )
  const versions = pick('version')
  return {
    ...{ manager, versions },
    // One that is neither there nor wanted is on the ledger because a run was killed, and has to come off it.
    made: mine.filter((name) => name in versions || !listed.includes(name)),
    held: all.filter((name) => states.get(name)?.held),
    candidates: pick('candidate'),
  }
}

type Question = Pick<ReadContext<Inputs, Attributes, Host>, 'connection' | 'signal' | 'owner'> & {
  inputs: Inputs | undefined
  recorded?: Attributes | undefined
  /** It is being deleted. */
  unwanted?: boolean
}

/** Reads what all of them ask of one package system in one round trip. */
async function look(questions: readonly Question[]): Promise<{ manager: PackageManager; views: Attributes[] }> {
  const { connection, signal, inputs: first } = questions[0]!
  const known = ({ inputs: wanted, recorded, owner }: Question) => [
    ...(wanted ? namesOf(wanted, owner) : []),
    ...Object.keys(recorded?.versions ?? {}),
    ...(recorded?.made ?? []),
  ]
  const packages = await readPackages(connection, [...new Set(questions.flatMap(known))], {
    ...{ manager: first?.manager, signal },
    candidates: questions.some(({ inputs: wanted }) => wanted?.latest),
  })
  const views = questions.map(({ inputs: wanted, owner, recorded, unwanted }) => {
    const names = wanted ? namesOf(wanted, owner) : Object.keys(recorded?.versions ?? {})
    return viewOf(names, unwanted ? [] : names, owner, packages)
  })
  return { manager: packages.manager, views }
}

function attributesOf(view: Attributes, wanted: Inputs | undefined): Attributes | null {
  const { candidates, ...rest } = view
  if (Object.keys(view.versions).length === 0) return null
  return wanted?.latest && Object.keys(candidates ?? {}).length > 0 ? view : rest
}

async function readMany(contexts: readonly Question[]): Promise<(Attributes | null)[]> {
  const byManager = [...Map.groupBy(contexts, ({ inputs: wanted }) => wanted?.manager).values()]
  const read = await Promise.all(
    byManager.map(async (some) => {
      const { views } = await look(some)
      return some.map((context, index) => [context, attributesOf(views[index]!, context.inputs)] as const)
    }),
  )
  const answers = new Map(read.flat())
  return contexts.map((context) => answers.get(context) ?? null)
}

function diff({ desired, observed, recordedAttributes, owner, recorded }: DiffContext<Inputs, Attributes>): Change[] {
  const unheld = recorded?.hold === true && desired.hold === undefined
  const wish = wishOf(unheld ? { ...desired, hold: false } : desired, owner)
  const { install, remove, hold, release } = needsOf(wish, observed)
  const change = (path: string, before: unknown, after: unknown, drifted: boolean): Change => ({
    ...{ path, effect: 'live', cause: drifted ? 'drifted' : 'changed' },
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
  })
  return [
    ...install.map(({ name, version }) => {
      const before = observed.versions[name]
      const after = version ?? observed.candidates?.[name] ?? 'installed'
      return change(`versions[${JSON.stringify(name)}]`, before, after, before !== recordedAttributes?.versions[name])
    }),
    ...remove.map((name) => {
      const before = observed.versions[name]
      if (before === undefined) return change('made', name, undefined, true)
      return change(`versions[${JSON.stringify(name)}]`, before, undefined, false)
    }),
    ...hold
      .filter((name) => !release.includes(name))
      .map((name) => change('hold', false, true, recordedAttributes?.held.includes(name) ?? false)),
    ...(wish.hold === false ? release.map(() => change('hold', true, false, false)) : []),
  ]
}

/** What each change asks for, put together. */
function merge(items: readonly Item[], views: readonly Attributes[]) {
  const transaction: Transaction = { install: [], remove: [], hold: [], release: [] }
  const ledger = { add: [] as string[], drop: [] as string[] } satisfies LedgerChange
  for (const [index, item] of items.entries()) {
    const { owner } = item.context
    const view = views[index]!
    const mark = (name: string) => `${markOf(owner)} ${name}`
    const needed = needsOf(finalWish(item), view)
    for (const part of ['install', 'hold', 'release'] as const) transaction[part].push(...(needed[part] as never[]))
    transaction.remove.push(...needed.remove.filter((name) => name in view.versions))
    const missing = needed.install.filter(({ name }) => view.versions[name] === undefined)
    ledger.add.push(...missing.map(({ name }) => mark(name)))
    ledger.drop.push(...needed.remove.map(mark))
  }
  // What one gives up and another one wants stays.
  const wanted = new Set(transaction.install.map(({ name }) => name))
  transaction.remove = transaction.remove.filter((name) => !wanted.has(name))
  return { transaction, ledger }
}

/** What an item comes to: nothing is wanted any more where it is a deletion, and what was held for it is let go. */
function finalWish(item: Item): PackageWish {
  const { owner, inputs: wanted } = item.context
  if (item.verb === 'delete') {
    const hold = wanted?.hold === true ? false : undefined
    return { names: [], latest: false, hold }
  }
  const wish = wishOf(item.context.inputs, owner)
  const unheld = item.verb === 'update' && item.context.changes.some(({ path, after }) => path === 'hold' && !after)
  return unheld ? { ...wish, hold: false } : wish
}

const isEmpty = (transaction: Transaction) => Object.values(transaction).every((list) => list.length === 0)

async function carryOut(items: readonly Item[]): Promise<(Attributes | null | Error)[]> {
  const { connection, signal, log } = items[0]!.context
  const managers = new Set(items.map(({ context }) => context.inputs?.manager))
  if (managers.size > 1) return await oneByOne(items)
  const questions = items.map(({ verb, context }): Question => {
    const recorded = verb === 'create' ? undefined : context.observed
    return { connection, signal, owner: context.owner, inputs: context.inputs, recorded, unwanted: verb === 'delete' }
  })
  const { manager, views } = await look(questions)
  const { transaction, ledger } = merge(items, views)
  try {
    if (!isEmpty(transaction) || ledger.drop.length > 0)
      for (const line of await changePackages(connection, manager, transaction, ledger, signal)) log(line)
  } catch (error) {
    // What one of them did wrong is not the others' fault.
    if (items.length > 1 && !signal.aborted) return await oneByOne(items)
    return [error as Error]
  }
  const now = (await look(questions)).views
  return items.map((item, index) => (item.verb === 'delete' ? null : outcomeOf(item, now[index]!)))
}

/** What came of a change, or an error where it is not what was asked for. */
function outcomeOf(item: Item, view: Attributes): Attributes | Error {
  const wish = finalWish(item)
  const { install, hold } = needsOf({ ...wish, latest: false }, view)
  const [missed] = install
  if (missed) {
    const { [missed.name]: found } = view.versions
    if (found === undefined) return new Error(`${missed.name}: installed, and not to be found`)
    return new Error(`${missed.name}: ${found} is installed, and ${wish.version} is wanted`)
  }
  if (hold.length > 0) return new Error(`${hold.join(', ')}: not to be held by this name`)
  return attributesOf(view, item.context.inputs)!
}

async function oneByOne(items: readonly Item[]): Promise<(Attributes | null | Error)[]> {
  const answers: (Attributes | null | Error)[] = []
  for (const item of items) answers.push((await carryOut([item]))[0]!)
  return answers
}

export const packageResource = defineResource({
  type: 'host.package',
  description: 'Packages of the host; all of a host are one transaction',
  proof: 'real',
  // Each package is asserted by itself, as a list may have both what was there and what was not.
  ownership: 'shared',
  provider: hostProvider,
  inputs,
  attributes,
  identity: (_, owner) => markOf(owner),
  readsInputs: true,
  claims: ({ name }) => [name ?? []].flat().map((key) => ({ kind: 'package', scope: 'connection', key })),
  timeouts: { create: '30m', update: '30m', delete: '15m' },
  readMany,
  diff,
  batch: carryOut,
})
