import {
  type BatchItem,
  type Change,
  type DiffContext,
  defineResource,
  fail,
  type Owner,
  type ReadContext,
} from '@lares/core'
import { type Host, hostProvider } from '@lares/transport'
import * as z from 'zod'
import { changePackages, type Packages, packageManagers, readPackages, type Transaction } from '../client/packages.ts'

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
    hold: z.boolean().optional().describe('Keep other upgrades away from it (apt, dnf with versionlock, zypper)'),
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

function attributesOf(names: readonly string[], owner: Owner, { manager, states, made }: Packages): Attributes | null {
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
  const candidates = pick('candidate')
  if (Object.keys(versions).length === 0) return null
  return {
    ...{ manager, versions, made: mine.filter((name) => name in versions) },
    held: all.filter((name) => states.get(name)?.held),
    ...(Object.keys(candidates).length > 0 ? { candidates } : {}),
  }
}

type Question = Pick<ReadContext<Inputs, Attributes, Host>, 'connection' | 'signal' | 'owner'> & {
  inputs: Inputs | undefined
  recorded?: Attributes | undefined
}

async function readMany(contexts: readonly Question[]): Promise<(Attributes | null)[]> {
  const { connection, signal } = contexts[0]!
  const known = ({ inputs: wanted, recorded, owner }: Question) => [
    ...(wanted ? namesOf(wanted, owner) : []),
    ...Object.keys(recorded?.versions ?? {}),
    ...(recorded?.made ?? []),
  ]
  const byManager = Map.groupBy(contexts, ({ inputs: wanted }) => wanted?.manager)
  const read = new Map(
    await Promise.all(
      [...byManager].map(async ([manager, some]) => {
        const candidates = some.some(({ inputs: wanted }) => wanted?.latest)
        const names = [...new Set(some.flatMap(known))]
        return [manager, await readPackages(connection, names, { candidates, manager, signal })] as const
      }),
    ),
  )
  return contexts.map((context) => {
    const { inputs: wanted, owner, recorded } = context
    const names = wanted ? namesOf(wanted, owner) : Object.keys(recorded?.versions ?? {})
    const found = attributesOf(names, owner, read.get(wanted?.manager)!)
    if (!found || wanted?.latest) return found
    const { candidates: _, ...rest } = found
    return rest
  })
}

const matches = (version: string, wanted: string): boolean =>
  new RegExp(`^${wanted.replace(/[.+^$()[\]{}|\\]/g, '\\$&').replaceAll('*', '.*')}$`).test(version)

/** What is to be done so that a resource has what it wants. */
function needs(wanted: Inputs, owner: Owner, observed: Attributes | undefined): Transaction {
  const names = namesOf(wanted, owner)
  const { version, latest, hold } = wanted
  const install = names.filter((name) => {
    const installed = observed?.versions[name]
    if (installed === undefined) return true
    if (version !== undefined) return !matches(installed, version)
    const candidate = observed?.candidates?.[name]
    return latest && candidate !== undefined && candidate !== installed
  })
  const held = observed?.held ?? []
  return {
    install: install.map((name) => ({ name, version, latest })),
    remove: (observed?.made ?? []).filter((name) => !names.includes(name)),
    hold: hold === true ? names.filter((name) => !held.includes(name)) : [],
    release: hold === false ? names.filter((name) => held.includes(name)) : [],
  }
}

function diff({ desired, observed, recordedAttributes, owner, recorded }: DiffContext<Inputs, Attributes>): Change[] {
  const unheld = recorded?.hold === true && desired.hold === undefined
  const { install, remove, hold, release } = needs(unheld ? { ...desired, hold: false } : desired, owner, observed)
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
    ...remove.map((name) => change(`versions[${JSON.stringify(name)}]`, observed.versions[name], undefined, false)),
    ...hold.map((name) => change('hold', false, true, recordedAttributes?.held.includes(name) ?? false)),
    ...release.map(() => change('hold', true, false, false)),
  ]
}

/** What each change asks for, put together. */
function merge(items: readonly Item[], observed: readonly (Attributes | null)[]) {
  const transaction: Transaction = { install: [], remove: [], hold: [], release: [] }
  const ledger = { add: [] as string[], drop: [] as string[] }
  for (const [index, { verb, context }] of items.entries()) {
    const { owner } = context
    const now = observed[index] ?? undefined
    const mark = (name: string) => `${markOf(owner)} ${name}`
    if (verb === 'delete') {
      transaction.remove.push(...(now?.made ?? []))
      ledger.drop.push(...(now?.made ?? []).map(mark))
      continue
    }
    const unheld = verb === 'update' && context.changes.some(({ path, after }) => path === 'hold' && after === false)
    const needed = needs(unheld ? { ...context.inputs, hold: false } : context.inputs, owner, now)
    for (const part of ['install', 'remove', 'hold', 'release'] as const)
      transaction[part].push(...(needed[part] as never[]))
    ledger.add.push(
      ...needed.install.filter(({ name }) => now?.versions[name] === undefined).map(({ name }) => mark(name)),
    )
    ledger.drop.push(...needed.remove.map(mark))
  }
  // What one gives up and another one wants stays.
  const wanted = new Set(transaction.install.map(({ name }) => name))
  transaction.remove = transaction.remove.filter((name) => !wanted.has(name))
  return { transaction, ledger }
}

const isEmpty = (transaction: Transaction) => Object.values(transaction).every((list) => list.length === 0)

async function carryOut(items: readonly Item[]): Promise<(Attributes | null | Error)[]> {
  const { connection, signal } = items[0]!.context
  const questions = items.map(({ verb, context }): Question => {
    const recorded = verb === 'create' ? undefined : context.observed
    return { connection, signal, owner: context.owner, inputs: context.inputs, recorded }
  })
  const managers = Map.groupBy(items, ({ context }) => context.inputs?.manager)
  if (managers.size > 1) return await oneByOne(items)
  const observed = await readMany(questions)
  const { transaction, ledger } = merge(items, observed)
  const { manager } = await readPackages(connection, [], { manager: items[0]!.context.inputs?.manager, signal })
  try {
    if (!isEmpty(transaction)) await changePackages(connection, manager, transaction, ledger, signal)
  } catch (error) {
    // What one of them did wrong is not the others' fault.
    if (items.length > 1 && !signal.aborted) return await oneByOne(items)
    return [error as Error]
  }
  const now = await readMany(questions)
  return items.map(({ verb, context }, index) => {
    if (verb === 'delete') return null
    return (
      now[index] ?? new Error(`${namesOf(context.inputs, context.owner).join(', ')}: installed, and not to be found`)
    )
  })
}

async function oneByOne(items: readonly Item[]): Promise<(Attributes | null | Error)[]> {
  const answers: (Attributes | null | Error)[] = []
  for (const item of items) answers.push((await carryOut([item]))[0]!)
  return answers
}

async function alone(item: Item): Promise<Attributes> {
  const [answer] = await carryOut([item])
  if (answer instanceof Error) throw answer
  return answer ?? fail({ code: 'not_found', summary: 'It is gone again' })
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
  create: (context) => alone({ verb: 'create', context }),
  update: (context) => alone({ verb: 'update', context }),
  async delete(context) {
    const [answer] = await carryOut([{ verb: 'delete', context }])
    if (answer instanceof Error) throw answer
  },
})
