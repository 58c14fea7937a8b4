import type { DiagnosticInput } from '@lares/core'
import type { Host } from '@lares/transport'
import { clientKind, networkCovers, networkOf, sameClient } from '../client/formats/export-client.ts'
import type { ExportsState, LiveExport } from '../client/servers/index.ts'
import { clientOf, type ExportClientInputs, meaningOf, wordsOf } from './export-client.ts'

interface Wanted {
  path: string
  clients: readonly ExportClientInputs[]
}

/** Whether one machine can be both clients, as far as their text tells. */
function canMeet(one: string, other: string): boolean {
  if ([one, other].some((each) => clientKind(each) === 'anonymous') || sameClient(one, other)) return true
  const [a, b] = [networkOf(one), networkOf(other)]
  return a !== undefined && b !== undefined && networkCovers(a, b) !== false
}

const grantsMore = (outer: ExportClientInputs, inner: ExportClientInputs): boolean =>
  (outer.access === 'rw' && inner.access === 'ro') || (outer.squash === 'none' && inner.squash !== 'none')

/** Exports above a path, with whom they let in and how. */
const above = (path: string, live: readonly LiveExport[]): LiveExport[] =>
  live.filter((each) => each.path === '/' || path.startsWith(`${each.path}/`))

/** Which of some paths are on the file system of the first one. */
async function onOneDevice(host: Host, paths: readonly string[], signal: AbortSignal): Promise<Set<string>> {
  const { stdout } = await host.ask('for path; do timeout 5 stat -Lc %d -- "$path" 2> /dev/null || echo; done', {
    args: paths,
    signal,
    timeout: 30_000,
  })
  const [device, ...others] = stdout.split('\n')
  return new Set(device === '' ? [] : paths.slice(1).filter((_, index) => others[index] === device))
}

/**
 * What else lets clients of an export at the same files, with other rights. The server takes all of it, and what it makes of
 * it is seldom meant: a client that two entries fit gets the options of one of them, and what lies in a wider export of the
 * same file system is reached through that.
 */
export async function overlapsOf(
  host: Host,
  { path, clients }: Wanted,
  { live, written }: Pick<ExportsState, 'live' | 'written'>,
  signal: AbortSignal,
): Promise<DiagnosticInput[]> {
  const ours = [...clients, ...written.filter((each) => each.path === path).flatMap((each) => each.clients)]
  const beside = live.filter((each) => each.path === path && !ours.some((own) => sameClient(own.host, each.host)))
  const doubts = clients.flatMap((client): DiagnosticInput[] =>
    beside.flatMap((other) => {
      const theirs = clientOf(other.host, other.options)
      if (!canMeet(client.host, other.host) || meaningOf(theirs) === meaningOf(client)) return []
      return [
        {
          code: 'overlapping_clients',
          path: 'clients',
          summary: `${path} is exported to ${other.host} by others, in another way than to ${client.host}`,
          detail: `theirs: ${wordsOf(theirs).join(',')}\nhere: ${wordsOf(client).join(',')}`,
          advice:
            'A machine that fits both gets one of them: that of an address before a network, then patterns, then *.',
        },
      ]
    }),
  )
  const wider = above(path, live).flatMap((outer) => {
    const theirs = clientOf(outer.host, outer.options)
    const inner = clients.find((client) => canMeet(client.host, outer.host) && grantsMore(theirs, client))
    return inner ? [{ outer, inner }] : []
  })
  if (wider.length === 0) return doubts
  const near = await onOneDevice(host, [path, ...wider.map(({ outer }) => outer.path)], signal)
  const reached = wider.filter(({ outer }) => near.has(outer.path))
  return [
    ...doubts,
    ...reached.map(({ outer, inner }) => ({
      code: 'wider_export',
      path: 'clients',
      summary: `${outer.path} is exported to ${outer.host} with more rights than ${path} is to ${inner.host}`,
      detail: 'Both lie in one file system, so what is in the one is reached through the other.',
      advice: 'Give the outer export the same rights, or to other clients.',
    })),
  ]
}
