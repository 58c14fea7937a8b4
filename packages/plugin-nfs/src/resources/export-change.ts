import { type BatchItem, fail } from '@lares/core'
import type { Host } from '@lares/transport'
import { sameClient } from '../client/formats/export-client.ts'
import type { ExportServer, ExportsChange, ExportsState, LiveExport } from '../client/servers/index.ts'
import { makeDirectory } from './directory.ts'
import { meaningOf, wordsOf } from './export-client.ts'
import { type Attributes, attributesOf, byServer, type ExportKey, hostsOf, type Inputs, keyOf } from './export-state.ts'

export type Item = BatchItem<Inputs, Attributes, Host>

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
      advice: 'Take its EXPORT block out of /etc/ganesha/ganesha.conf; it is exported all the same until then.',
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
  const check = (state: ExportsState): void => {
    for (const item of wanted) {
      try {
        checkPath(pathOf(item), state)
      } catch (error) {
        if (!refused.has(item)) refused.set(item, error as Error)
      }
    }
  }
  const state = await read()
  check(state)
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
  const now = await read()
  check(now)
  return [now, refused]
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

/** All changes of one host, for each kind of server apart. Answers in the order of the items. */
export const changeExports = (items: readonly Item[]): Promise<(Attributes | null | Error)[]> =>
  byServer(items, itemKey, batchOf)
