import { type BatchItem, type Change, type Claim, defineResource, fail, isUnknown, type ReadContext } from '@lares/core'
import { type Host, hostProvider } from '@lares/transport'
import { sameClient } from '../client/formats/export-client.ts'
import {
  type ExportServer,
  type ExportsChange,
  type ExportsState,
  exportServers,
  type LiveExport,
  serverKinds,
} from '../client/servers/index.ts'
import { makeDirectory } from './directory.ts'
import { clientChanges, clientOf, type ExportClientInputs, meaningOf, wordsOf } from './export-client.ts'
import {
  type Attributes,
  attributes,
  attributesOf,
  type ExportKey,
  type Inputs,
  identityOf,
  inputs,
  keyOf,
} from './export-state.ts'

type Item = BatchItem<Inputs, Attributes, Host>
type Reading = ReadContext<Inputs, Attributes, Host>

const knownTo = ({ inputs, recorded }: Reading): ExportClientInputs[] => [
  ...(inputs?.clients ?? []),
  ...(recorded?.clients ?? []),
]

const hostsOf = (clients: readonly ExportClientInputs[]): string[] => clients.map(({ host }) => host)

/** Answers in the order of all, from calls for those of each kind of server together. */
async function byServer<T, R>(
  all: readonly T[],
  keyFor: (each: T) => ExportKey,
  call: (some: readonly T[], server: ExportServer) => Promise<readonly R[]>,
): Promise<R[]> {
  const answers = new Map<T, R>()
  for (const [kind, some] of Map.groupBy(all, (each) => keyFor(each).server)) {
    const found = await call(some, exportServers[kind])
    some.forEach((each, index) => {
      answers.set(each, found[index]!)
    })
  }
  return all.map((each) => answers.get(each)!)
}

const readMany = (contexts: readonly Reading[]): Promise<(Attributes | null)[]> =>
  byServer(
    contexts,
    ({ identity }) => keyOf(identity),
    async (some, server) => {
      const [{ connection, owner, signal }] = some as [Reading]
      const paths = some.map(({ identity }) => keyOf(identity).path)
      const clients = hostsOf(some.flatMap(knownTo))
      const state = await server.read(connection, { lab: owner.lab, paths, clients }, signal)
      return some.map((context) => {
        const { identity, inputs: wanted, recorded } = context
        const address = wanted ? wanted.address : recorded?.source.server
        return attributesOf(state, { ...keyOf(identity), lab: owner.lab, known: knownTo(context), address, recorded })
      })
    },
  )

const itemKey = (item: Item): ExportKey => (item.verb === 'delete' ? keyOf(item.context.identity) : item.context.inputs)
const pathOf = (item: Item): string => itemKey(item).path

/** Rejects what a server would take, and then not serve or undo for others. */
function checkPath(where: string, { directories, ids, written, foreign }: ExportsState): void {
  const kind = directories.get(where)?.kind
  if (kind !== 'directory')
    fail({
      code: kind === 'other' ? 'not_a_directory' : 'no_such_directory',
      path: 'path',
      summary: kind === 'other' ? `${where} is no directory` : `There is no ${where}`,
      ...(kind === 'other' ? {} : { advice: 'Name what makes it in "dependsOn", or say "directory: {}".' }),
    })
  if (foreign.has(where))
    fail({
      code: 'exported_elsewhere',
      path: 'path',
      summary: `${where} stands in the server's own configuration, which wins when it starts`,
      advice:
        'Take its EXPORT block out of /etc/ganesha/ganesha.conf. What is exported now stays until Lares changes it.',
    })
  const below = [...ids.keys()].find(
    (path) => path.startsWith(`${where}/`) && written.every((entry) => entry.path !== path),
  )
  if (!ids.has(where) && below !== undefined)
    fail({
      code: 'exported_below',
      path: 'path',
      summary: `${below}, which others export, would be hidden until NFS-Ganesha starts again`,
    })
}

/** Makes ready what each needs, and tells which cannot be exported. */
async function prepare(items: readonly Item[], server: ExportServer): Promise<[ExportsState, Map<Item, Error>]> {
  const [{ context }] = items as [Item]
  const { connection, owner, signal } = context
  const refused = new Map<Item, Error>()
  const wanted = items.filter((item) => item.verb !== 'delete')
  for (const item of wanted) {
    const { directory, path: where } = item.context.inputs
    if (directory) await makeDirectory(connection, where, directory, signal).catch((error) => refused.set(item, error))
  }
  const clients = hostsOf(
    items.flatMap((item) => [
      ...(item.verb === 'delete' ? [] : item.context.inputs.clients),
      ...(item.verb === 'create' ? [] : item.context.observed.clients),
    ]),
  )
  const read = () => server.read(connection, { lab: owner.lab, paths: items.map(pathOf), clients }, signal)
  const state = await read()
  for (const item of wanted) {
    try {
      checkPath(pathOf(item), state)
    } catch (error) {
      if (!refused.has(item)) refused.set(item, error as Error)
    }
  }
  if (state.serving || !wanted.some((item) => item.context.inputs.manageServer && !refused.has(item)))
    return [state, refused]
  if (state.otherServes)
    fail({
      code: 'port_in_use',
      path: 'server',
      summary: `${server.title} can't be started: another server has port 2049 of this host`,
      advice: 'Stop that, or name it in "server".',
    })
  await server.bringUp(connection, signal)
  return [await read(), refused]
}

/** What is to change so that these are as wanted, and all else stays. */
function changeFor(items: readonly Item[], state: ExportsState, lab: string): ExportsChange {
  const paths = items.map(pathOf)
  const touched = new Set(paths)
  const wanted = items.flatMap((item) => (item.verb === 'delete' ? [] : [item.context]))
  const set = wanted.flatMap(({ inputs: { path: where, clients } }): LiveExport[] =>
    clients.map((client) => ({ path: where, host: client.host, options: wordsOf(client) })),
  )
  const before = [
    ...state.written.flatMap(({ path: where, clients }) => clients.map(({ host }) => ({ path: where, host }))),
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
    ...state.written.filter((entry) => !touched.has(entry.path)),
    ...wanted.map(({ address, inputs: { path: where } }) => ({
      address,
      path: where,
      clients: set.filter((each) => each.path === where).map(({ host, options }) => ({ host, options })),
    })),
  ]
  return { lab, state, entries, paths, set, unset }
}

/** What came of one, in the state behind the change. */
function outcomeOf(item: Item, state: ExportsState, complaints: string): Attributes | null | Error {
  const key = itemKey(item)
  const failed = (code: string, summary: string) => Object.assign(new Error(summary), { code, detail: complaints })
  if (item.verb === 'delete')
    return state.ids.has(key.path) ? failed('still_exported', `${key.path} is still exported`) : null
  const { owner, inputs: wanted } = item.context
  const { clients, address } = wanted
  const found = attributesOf(state, { ...wanted, lab: owner.lab, known: clients, address })
  const missing = clients.filter(
    ({ host, ...more }) =>
      !found?.clients.some((each) => sameClient(each.host, host) && meaningOf(each) === meaningOf({ host, ...more })),
  )
  if (found && missing.length === 0) return found
  return failed('not_exported', `${key.path} is not exported to ${hostsOf(missing).join(', ')} as it should be`)
}

/** All changes of one server: one file, written once, and one session with the server. */
async function batchOf(items: readonly Item[], server: ExportServer): Promise<(Attributes | null | Error)[]> {
  const [{ context }] = items as [Item]
  const { connection, owner, signal, log } = context
  const [before, refused] = await prepare(items, server)
  const rest = items.filter((item) => !refused.has(item))
  if (rest.length === 0) return items.map((item) => refused.get(item)!)
  const change = changeFor(rest, before, owner.lab)
  const complaints = await server.change(connection, change, signal)
  if (complaints !== '') log(complaints)
  const clients = change.set.map(({ host }) => host)
  const after = await server.read(connection, { lab: owner.lab, paths: change.paths, clients }, signal)
  return items.map((item) => refused.get(item) ?? outcomeOf(item, after, complaints))
}

const batch = (items: readonly Item[]): Promise<(Attributes | null | Error)[]> => byServer(items, itemKey, batchOf)

const one = async (item: Item): Promise<Attributes | null> => {
  const [answer] = await batch([item])
  if (answer instanceof Error) throw answer
  return answer!
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
  identity: identityOf,
  replaceOn: ['path', 'server'],
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
  create: async (context) => (await one({ verb: 'create', context }))!,
  update: async (context) => (await one({ verb: 'update', context }))!,
  delete: async (context) => {
    await one({ verb: 'delete', context })
  },

  async list(connection, signal) {
    const found = await Promise.all(
      serverKinds.map(async (kind) => {
        const state = await exportServers[kind].read(connection, { lab: '', paths: [] }, signal)
        const byPath = Map.groupBy(state.live, (each) => each.path)
        return [...byPath].flatMap(([where, entries]) => {
          const key = { server: kind, path: where }
          const known = entries.map((each) => clientOf(each.host, each.options))
          const seen = attributesOf(state, { ...key, lab: '', known, address: undefined })
          const name = where.split('/').at(-1) || 'root'
          return seen ? [{ identity: identityOf(key), name, attributes: seen }] : []
        })
      }),
    )
    return found.flat()
  },
  inputsOf: ({ path: where, clients, server }) => ({
    ...{ path: where, clients },
    ...(server === 'kernel' ? {} : { server }),
  }),
})
