import { type BatchItem, type Change, type Claim, defineResource, fail, isUnknown, type ReadContext } from '@lares/core'
import { type Host, hostProvider } from '@lares/transport'
import * as z from 'zod'
import {
  changeExports,
  type DirectoryState,
  type ExportsChange,
  type ExportsState,
  entriesOf,
  type LiveExport,
  readExports,
} from '../client/exports.ts'
import { canonicalClient, sameClient } from '../client/formats/export-client.ts'
import { installPart, startServer } from '../client/parts.ts'
import { directoryInputs, makeDirectory, path } from './directory.ts'
import { clientChanges, clientOf, type ExportClientInputs, exportClient, meaningOf, wordsOf } from './export-client.ts'
import { exportSource, locationOf } from './source.ts'

const inputs = z.object({
  path: path.describe('What is exported: a directory of the host'),
  clients: z
    .array(exportClient)
    .min(1, 'Expected at least one client')
    .refine((clients) => new Set(clients.map(({ host }) => canonicalClient(host))).size === clients.length, {
      message: 'A client is named twice',
    })
    .describe('Who may have it, and how'),
  directory: directoryInputs
    .optional()
    .describe('Make the directory when it is missing, with this mode and owner; without it, a missing one is an error'),
  address: z
    .string()
    .optional()
    .describe('Where clients reach the host; when absent, the address under which Lares does'),
  manageServer: z
    .boolean()
    .default(true)
    .describe('Install the NFS server when there is none, and start it when it does not run'),
})
type Inputs = z.output<typeof inputs>

const attributes = z.object({
  path: z.string(),
  clients: z.array(exportClient).describe('Who may have it now'),
  source: exportSource.describe('What a mount takes as its source'),
  location: z.string().describe('The same as text: `10.0.0.5:/srv/media`'),
  serving: z.boolean().describe('The server runs'),
  saved: z.boolean().describe("The host's files say the same, so that it is exported after the host has started again"),
  owner: z
    .object({ lab: z.string(), address: z.string() })
    .optional()
    .describe("Whose file says so, when it is a lab's"),
})
type Attributes = z.output<typeof attributes>
type Item = BatchItem<Inputs, Attributes, Host>

/** What of a path is exported in the lab's name, or to one of these clients in whoever's. */
function attributesOf(
  lab: string,
  { live, file, threads, address: reached }: ExportsState,
  where: string,
  known: readonly ExportClientInputs[],
  address: string | undefined,
  recorded?: Attributes,
): Attributes | null {
  const written = entriesOf(file).find((entry) => entry.path === where)
  const names = [...(written?.clients.map(({ host }) => host) ?? []), ...known.map(({ host }) => host)]
  const ours = live.filter((each) => each.path === where && names.some((name) => sameClient(name, each.host)))
  if (!written && ours.length === 0) return null
  const clients = ours.map((each) => {
    const found = clientOf(each.host, each.options)
    return known.find((wanted) => sameClient(wanted.host, each.host) && meaningOf(wanted) === meaningOf(found)) ?? found
  })
  const order = (client: ExportClientInputs) => known.findIndex(({ host }) => sameClient(host, client.host))
  clients.sort((a, b) => order(a) - order(b))
  const source = { server: address ?? reached ?? 'localhost', path: where, clients }
  const saved = written?.clients.map((client) => meaningOf(clientOf(client.host, client.options))).sort() ?? []
  return {
    path: where,
    clients,
    source,
    location: locationOf(source),
    serving: threads > 0,
    saved: saved.join('\n') === clients.map(meaningOf).sort().join('\n'),
    ...(written ? { owner: { lab, address: written.address } } : isAsRecorded(clients, recorded)),
  }
}

/** Our file was lost, and the server still answers with what we told it: that is ours. */
const isAsRecorded = (clients: readonly ExportClientInputs[], recorded: Attributes | undefined) =>
  recorded?.owner && clients.every((client) => recorded.clients.some((old) => meaningOf(old) === meaningOf(client)))
    ? { owner: recorded.owner }
    : {}

const knownTo = ({ inputs, recorded }: ReadContext<Inputs, Attributes, Host>): ExportClientInputs[] => [
  ...(inputs?.clients ?? []),
  ...(recorded?.clients ?? []),
]

async function readMany(contexts: readonly ReadContext<Inputs, Attributes, Host>[]) {
  const [{ connection, owner, signal }] = contexts as [(typeof contexts)[number]]
  const paths = contexts.map(({ identity }) => identity)
  const state = await readExports(connection, owner.lab, paths, signal)
  return contexts.map((context) =>
    attributesOf(
      owner.lab,
      state,
      context.identity,
      knownTo(context),
      context.inputs ? context.inputs.address : context.recorded?.source.server,
      context.recorded,
    ),
  )
}

/** Rejects what exportfs would take, and then not serve. */
function checkDirectory(where: string, state: DirectoryState | undefined): void {
  if (state?.kind === 'directory') return
  const isThere = state?.kind === 'other'
  fail({
    code: isThere ? 'not_a_directory' : 'no_such_directory',
    path: 'path',
    summary: isThere ? `${where} is no directory` : `There is no ${where}`,
    ...(isThere ? {} : { advice: 'Name what makes it in "dependsOn", or say "directory: {}".' }),
  })
}

/** Makes ready what each needs, and tells which cannot be exported. */
async function preparations(items: readonly Item[]): Promise<Map<Item, Error>> {
  const refused = new Map<Item, Error>()
  const wanted = items.filter((item) => item.verb !== 'delete')
  const [first] = wanted
  if (!first) return refused
  const { connection, signal } = first.context
  for (const item of wanted) {
    const { directory, path: where } = item.context.inputs
    if (directory) await makeDirectory(connection, where, directory, signal).catch((error) => refused.set(item, error))
  }
  const paths = wanted.map(({ context }) => context.inputs.path)
  const { directories } = await readExports(connection, first.context.owner.lab, paths, signal)
  for (const item of wanted) {
    const { path: where } = item.context.inputs
    try {
      checkDirectory(where, directories.get(where))
    } catch (error) {
      if (!refused.has(item)) refused.set(item, error as Error)
    }
  }
  if (wanted.some((item) => item.context.inputs.manageServer && !refused.has(item))) {
    await installPart(connection, 'server', signal)
    await startServer(connection, signal)
  }
  return refused
}

const pathOf = (item: Item): string => (item.verb === 'delete' ? item.context.identity : item.context.inputs.path)

/** What is to change so that these are as wanted, and all else stays. */
function changeFor(items: readonly Item[], state: ExportsState, lab: string): ExportsChange {
  const touched = new Set(items.map(pathOf))
  const wanted = items.flatMap((item) => (item.verb === 'delete' ? [] : [item.context]))
  const set = wanted.flatMap(({ inputs: { path: where, clients } }): LiveExport[] =>
    clients.map((client) => ({ path: where, host: client.host, options: wordsOf(client) })),
  )
  const before = [
    ...entriesOf(state.file).flatMap(({ path: where, clients }) => clients.map(({ host }) => ({ path: where, host }))),
    ...items.flatMap((item) =>
      item.verb === 'create' ? [] : item.context.observed.clients.map(({ host }) => ({ path: pathOf(item), host })),
    ),
  ].filter(({ path: where }) => touched.has(where))
  const isKept = (each: { path: string; host: string }) =>
    set.some((kept) => kept.path === each.path && sameClient(kept.host, each.host))
  const unset = state.live.filter(
    (each) => before.some((old) => old.path === each.path && sameClient(old.host, each.host)) && !isKept(each),
  )
  const entries = [
    ...entriesOf(state.file).filter((entry) => !touched.has(entry.path)),
    ...wanted.map(({ address, inputs: { path: where, clients } }) => ({
      address,
      path: where,
      clients: clients.map((client) => ({ host: client.host, options: wordsOf(client) })),
    })),
  ]
  return { lab, entries, set, unset }
}

/** All changes of one host: one file, written once, and one session of exportfs. */
async function batch(items: readonly Item[]): Promise<(Attributes | null | Error)[]> {
  const [{ context }] = items as [Item]
  const { connection, owner, signal, log } = context
  const refused = await preparations(items)
  const rest = items.filter((item) => !refused.has(item))
  if (rest.length === 0) return items.map((item) => refused.get(item)!)
  const paths = rest.map(pathOf)
  const change = changeFor(rest, await readExports(connection, owner.lab, paths, signal), owner.lab)
  const complaints = await changeExports(connection, change, signal)
  if (complaints !== '') log(complaints)
  const state = await readExports(connection, owner.lab, paths, signal)
  return items.map((item): Attributes | null | Error => {
    const error = refused.get(item)
    if (error) return error
    if (item.verb === 'delete') return null
    const { path: where, clients, address } = item.context.inputs
    const found = attributesOf(owner.lab, state, where, clients, address)
    const missing = clients.filter(
      (wanted) =>
        !found?.clients.some((each) => sameClient(each.host, wanted.host) && meaningOf(each) === meaningOf(wanted)),
    )
    if (found && missing.length === 0) return found
    const summary = `${where} is not exported to ${missing.map(({ host }) => host).join(', ')} as it should be`
    return Object.assign(new Error(summary), { code: 'not_exported', detail: complaints })
  })
}

const one = async (item: Item): Promise<Attributes> => {
  const [answer] = await batch([item])
  if (answer instanceof Error) throw answer
  return answer as Attributes
}

const fsidsOf = (clients: readonly ExportClientInputs[]): string[] => [
  ...new Set(clients.flatMap(({ fsid }) => (fsid === undefined ? [] : [String(fsid).toLowerCase()]))),
]

export const exportResource = defineResource({
  type: 'nfs.export',
  description: 'A directory of a host, for clients over NFS. What is in it is never touched.',
  proof: 'real',
  provider: hostProvider,
  inputs,
  attributes,
  identity: ({ path: where }) => where,
  replaceOn: ['path'],
  createFirst: true,
  owner: ({ owner }) => owner,
  claims: ({ path: where, clients }) => [
    { kind: 'export', scope: 'connection', key: where },
    ...fsidsOf(clients).map((key): Claim => ({ kind: 'fsid', scope: 'connection', key })),
  ],
  readMany,

  diff({ desired, observed, recorded, diff }): Change[] {
    const isOpen = isUnknown(desired.clients) || desired.clients.some((client) => Object.values(client).some(isUnknown))
    const changes = diff({ skip: ['directory', 'manageServer', 'address', ...(isOpen ? [] : ['clients'])] })
    if (!isOpen) changes.push(...clientChanges(desired.clients, observed.clients, recorded?.['clients'] as never))
    if (!observed.saved && changes.length === 0)
      changes.push({ path: 'saved', before: false, after: true, effect: 'live', cause: 'drifted' })
    if (desired.manageServer && !observed.serving)
      changes.push({ path: 'serving', before: false, after: true, effect: 'live', cause: 'drifted' })
    return changes
  },

  batch,
  create: (context) => one({ verb: 'create', context }),
  update: (context) => one({ verb: 'update', context }),
  delete: async (context) => {
    await batch([{ verb: 'delete', context }])
  },

  async list(connection, signal) {
    const state = await readExports(connection, '', [], signal)
    const byPath = Map.groupBy(state.live, (each) => each.path)
    return [...byPath].flatMap(([where, entries]) => {
      const known = entries.map((each) => clientOf(each.host, each.options))
      const found = attributesOf('', state, where, known, undefined)
      return found ? [{ identity: where, name: where.split('/').at(-1) || 'root', attributes: found }] : []
    })
  },
  inputsOf: ({ path: where, clients }) => ({ path: where, clients }),
})
