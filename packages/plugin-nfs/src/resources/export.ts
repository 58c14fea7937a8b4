import { type Change, type Claim, defineResource, isUnknown, type ReadContext } from '@lares/core'
import { type Host, hostProvider } from '@lares/transport'
import { type ExportsState, exportServers, type ServerKind, serverKinds } from '../client/servers/index.ts'
import { sharedQuestion } from '../client/shared-question.ts'
import { changeExports } from './export-change.ts'
import { clientChanges, clientOf, type ExportClientInputs } from './export-client.ts'
import { exportHealth } from './export-health.ts'
import {
  type Attributes,
  attributes,
  attributesOf,
  byServer,
  hostsOf,
  type Inputs,
  identityOf,
  inputs,
  keyOf,
} from './export-state.ts'
import { checkFirewall } from './firewall.ts'
import { overlapsOf } from './overlap.ts'
import { locationOf } from './source.ts'

/** Where clients reach it, which a deletion needs to know, too. */
export interface Prepared {
  server?: string
}
type Reading = ReadContext<Inputs, Attributes, Host>

const knownTo = ({ inputs, recorded }: Reading): ExportClientInputs[] => [
  ...(inputs?.clients ?? []),
  ...(recorded?.clients ?? []),
]

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
        const sought = { ...keyOf(identity), lab: owner.lab, known: knownTo(context), address, recorded }
        return attributesOf(state, { ...sought, wanted: wanted?.clients })
      })
    },
  )

const fsidsOf = (clients: readonly ExportClientInputs[]): string[] => [
  ...new Set(clients.flatMap(({ fsid }) => (fsid === undefined ? [] : [String(fsid).toLowerCase()]))),
]

const fsidIn = ([first]: readonly ExportClientInputs[]) => first?.fsid

/** What a server exports at all, asked once for all exports of a host. */
const stateOf = Object.fromEntries(
  serverKinds.map((kind) => [
    kind,
    sharedQuestion((host, signal, lab) => exportServers[kind].read(host, { lab, paths: [] }, signal)),
  ]),
) as Record<ServerKind, ReturnType<typeof sharedQuestion<ExportsState>>>

/** Ganesha changes the number of a file system by another export in place of the one that there was. */
const asRestart = (change: Change): Change => ({
  ...change,
  effect: 'restart',
  note: 'another fsid makes stale what clients have open',
})

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
  async prepare({ connection, inputs: wanted, owner, signal, warn }): Promise<Prepared> {
    const state = await stateOf[wanted.server](connection, signal, owner.lab)
    if (wanted.server === 'kernel') for (const doubt of await overlapsOf(connection, wanted, state, signal)) warn(doubt)
    const server = wanted.address ?? state.address
    return server === undefined ? {} : { server }
  },
  claims({ path: where, clients, address }, prepared) {
    const server = address ?? prepared?.server
    // A mount of the lab may name it as text.
    const location = server === undefined ? [] : [locationOf({ server, path: where })]
    return [
      { kind: 'export', scope: 'connection', key: where },
      ...fsidsOf(clients).map((key): Claim => ({ kind: 'fsid', scope: 'connection', key })),
      // Two servers may be one to their clients, or have the same address in two networks.
      ...location.map((key): Claim => ({ kind: 'NFS export', scope: 'lab', key, shared: true })),
    ]
  },
  readMany,

  diff({ desired, observed, recorded, diff }): Change[] {
    const isOpen = isUnknown(desired.clients) || desired.clients.some((client) => Object.values(client).some(isUnknown))
    const changes = diff({ skip: ['directory', 'manageServer', 'address', ...(isOpen ? [] : ['clients'])] })
    if (!isOpen) {
      const isAnother = desired.server === 'ganesha' && fsidIn(observed.clients) !== fsidIn(desired.clients)
      const clients = clientChanges(desired.clients, observed.clients, recorded?.['clients'] as never)
      changes.push(...(isAnother && observed.clients.length > 0 ? clients.map(asRestart) : clients))
    }
    if (!observed.saved && changes.length === 0)
      changes.push({ path: 'saved', before: false, after: true, effect: 'live', cause: 'drifted' })
    if (desired.manageServer && !observed.serving)
      changes.push({ path: 'serving', before: false, after: true, effect: 'live', cause: 'drifted' })
    return changes
  },

  check: checkFirewall,
  health: exportHealth,

  batch: changeExports,

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
