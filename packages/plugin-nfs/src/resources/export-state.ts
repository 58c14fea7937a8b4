import type { Owner } from '@lares/core'
import * as z from 'zod'
import { canonicalClient, sameClient } from '../client/formats/export-client.ts'
import {
  type DirectoryState,
  type ExportServer,
  type ExportsState,
  exportServers,
  type ServerKind,
  serverKinds,
} from '../client/servers/index.ts'
import { directoryInputs, path } from './directory.ts'
import { clientOf, type ExportClientInputs, exportClient, meaningOf } from './export-client.ts'
import { ganeshaProblems } from './ganesha-client.ts'
import { exportSource, locationOf } from './source.ts'

export const inputs = z
  .object({
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
      .describe(
        'Make the directory when it is missing, with this mode and owner; without it, a missing one is an error',
      ),
    address: z
      .string()
      .optional()
      .describe('Where clients reach the host; when absent, the address under which Lares does'),
    server: z
      .enum(serverKinds)
      .default('kernel')
      .describe("Who serves it: the kernel, or NFS-Ganesha, for hosts whose kernel can't"),
    manageServer: z
      .boolean()
      .default(true)
      .describe('Install the NFS server when there is none, and start it when it does not run'),
  })
  .superRefine(({ server, clients }, { addIssue }) => {
    if (server !== 'ganesha') return
    for (const problem of ganeshaProblems(clients)) addIssue({ code: 'custom', ...problem })
  })
export type Inputs = z.output<typeof inputs>

export const attributes = z.object({
  path: z.string(),
  clients: z.array(exportClient).describe('Who may have it now'),
  server: z.enum(serverKinds),
  source: exportSource.describe('What a mount takes as its source'),
  location: z.string().describe('The same as text: `10.0.0.5:/srv/media`'),
  serving: z.boolean().describe('The server runs'),
  saved: z.boolean().describe("The host's files say the same, so that it is exported after the host has started again"),
  owner: z
    .object({ lab: z.string(), address: z.string() })
    .optional()
    .describe("Whose file says so, when it is a lab's"),
})
export type Attributes = z.output<typeof attributes>

/** One path with a kind of server: the other kind has exports of its own. */
export interface ExportKey {
  server: ServerKind
  path: string
}

export const identityOf = ({ server, path: where }: ExportKey): string =>
  server === 'kernel' ? where : `${server}:${where}`

export function keyOf(identity: string): ExportKey {
  const at = identity.indexOf('/')
  return { server: at === 0 ? 'kernel' : (identity.slice(0, at - 1) as ServerKind), path: identity.slice(at) }
}

export const hostsOf = (clients: readonly ExportClientInputs[]): string[] => clients.map(({ host }) => host)

/** Answers in the order of all, from calls for those of each kind of server together. */
export async function byServer<T, R>(
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

/** What is looked for in the state of a host. */
export interface Sought extends ExportKey {
  lab: string
  /** Clients that are ours in whoever's name they are exported. */
  known: readonly ExportClientInputs[]
  /** Who is to have it, where that is known. */
  wanted?: readonly ExportClientInputs[] | undefined
  /** Where clients reach the host. */
  address: string | undefined
  recorded?: Attributes | undefined
}

/** What of a path is exported in the lab's name, or to one of the known clients in whoever's. */
export function attributesOf(
  { written, live, ids, included, serving, address: reached, versions, directories }: ExportsState,
  { server, path: where, lab, known, wanted, address, recorded }: Sought,
): Attributes | null {
  const own = written.find((entry) => entry.path === where)
  const names = [...(own?.clients.map(({ host }) => host) ?? []), ...known.map(({ host }) => host)]
  const isWhole = ids.has(where)
  const ours = live.filter(
    (each) => each.path === where && (isWhole || names.some((name) => sameClient(name, each.host))),
  )
  if (!own && ours.length === 0 && !isWhole) return null
  const clients = ours.map((each) => {
    const found = clientOf(each.host, each.options)
    return known.find((wanted) => sameClient(wanted.host, each.host) && meaningOf(wanted) === meaningOf(found)) ?? found
  })
  const order = (client: ExportClientInputs) => known.findIndex(({ host }) => sameClient(host, client.host))
  clients.sort((a, b) => order(a) - order(b))
  // A mount that is planned together with a change of the export is to be compared with what the export will be.
  const source: Attributes['source'] = {
    ...{ server: address ?? reached ?? 'localhost', path: where, clients: [...(wanted ?? clients)] },
    ...directoryIn(directories.get(where)),
    ...(versions ? { versions: [...versions] } : {}),
  }
  return {
    path: where,
    ...{ clients, server, source, serving },
    location: locationOf(source),
    saved: included && textOf(own?.clients.map((each) => clientOf(each.host, each.options))) === textOf(clients),
    ...(own ? { owner: { lab, address: own.address } } : isAsRecorded(clients, recorded)),
  }
}

const directoryIn = (found: DirectoryState | undefined): Pick<Attributes['source'], 'directory'> =>
  found?.kind === 'directory' ? { directory: { uid: found.uid, gid: found.gid, mode: found.mode } } : {}

const textOf = (clients: readonly ExportClientInputs[] = []): string => clients.map(lineOf).sort().join('\n')

const lineOf = (client: ExportClientInputs): string => `${canonicalClient(client.host)} ${meaningOf(client)}`

/** Our file was lost, and the server still answers with what we told it: that is ours. */
function isAsRecorded(clients: readonly ExportClientInputs[], recorded: Attributes | undefined): { owner?: Owner } {
  const told = new Set(recorded?.clients.map(lineOf))
  return recorded?.owner && clients.length > 0 && clients.every((client) => told.has(lineOf(client)))
    ? { owner: recorded.owner }
    : {}
}
