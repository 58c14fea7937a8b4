import { type DiagnosticInput, isUnknown, type PrepareContext } from '@lares/core'
import type { Host } from '@lares/transport'
import { clientTakes } from '../client/formats/export-client.ts'
import type { Inputs } from './mount-state.ts'
import { type ExportSource, locationOf } from './source.ts'
import { asServerSees, type Ids, mayUse } from './squash.ts'

/** `$1` a server, `$2` a user. Prints the numbers of the user and its groups, then the addresses from which this host speaks to the server. */
const FROM = `
PATH=$PATH:/usr/sbin:/sbin
echo $(id -u "$2" 2> /dev/null) $(id -G "$2" 2> /dev/null)
for address in $(getent ahosts "$1" | cut -d ' ' -f 1 | sort -u); do
  ip -o route get "$address" 2> /dev/null | sed -n 's/.* src \\([^ ]*\\).*/\\1/p'
done
`

type Wanted = Pick<Inputs, 'source' | 'readOnly' | 'version' | 'user'>

/** Whether export and mount go together; what does not is a warning, because names, routes and rights can be other than they look. */
export async function checkLink({
  connection,
  inputs,
  signal,
  warn,
}: PrepareContext<Wanted, Host>): Promise<undefined> {
  const { source, user = '' } = inputs
  if (typeof source === 'string' || isUnknown(source)) return
  const { stdout } = await connection.ask(FROM, { args: [source.server, user], signal, timeout: 15_000 })
  const [numbers = '', ...lines] = stdout.split('\n')
  const from = [...new Set(lines.filter((line) => line !== ''))]
  for (const doubt of doubtsOf(inputs, source, { from, ids: idsOf(user, numbers) })) warn(doubt)
}

/** A user that is named by numbers needs to be known to nobody. */
function idsOf(user: string, numbers: string): Ids | undefined {
  const [uid, ...gids] = (/^\d+:\d+$/.test(user) ? user.split(':') : numbers.trim().split(/\s+/)).map(Number)
  return uid === undefined || gids.length === 0 ? undefined : { uid, gids }
}

function doubtsOf(
  { readOnly, version, user }: Wanted,
  source: ExportSource,
  { from, ids }: { from: readonly string[]; ids: Ids | undefined },
): DiagnosticInput[] {
  const { clients, directory, versions } = source
  const location = locationOf(source)
  const doubts: DiagnosticInput[] = []
  const isServed = (one: string) => one === version || (version === '4' && one.startsWith('4'))
  if (version !== undefined && versions && !versions.some(isServed))
    doubts.push({
      code: 'version_not_served',
      path: 'version',
      summary: `The server of ${location} does not speak NFS ${version}`,
      detail: `It speaks ${versions.join(', ')}.`,
      advice: 'Leave out "version": the newest that both sides have is taken.',
    })
  if (from.length === 0) return doubts
  const taken = clients.filter(({ host }) => from.some((address) => clientTakes(host, address) !== false))
  if (taken.length === 0)
    return [
      ...doubts,
      {
        code: 'not_a_client',
        path: 'source',
        summary: `${location} is not exported to ${from.join(', ')}, the address of this host`,
        detail: `It is exported to ${clients.map(({ host }) => host).join(', ')}.`,
        advice: 'Name this host among the clients of the export.',
      },
    ]
  if (!readOnly && taken.every(({ access }) => access === 'ro'))
    doubts.push({
      code: 'read_only_export',
      path: 'readOnly',
      summary: `${location} is exported read-only to this host, and mounted for writing`,
      advice: 'Say "readOnly: true" here, or "access: \'rw\'" for this client of the export.',
    })
  if (!directory || !ids) return doubts
  const seen = taken.map((client) => asServerSees(ids, client))
  for (const verb of readOnly ? (['read'] as const) : (['read', 'write'] as const)) {
    if (seen.some((one) => mayUse(one, directory, verb))) continue
    const { uid, gid, mode } = directory
    doubts.push({
      code: 'ids_differ',
      path: 'user',
      summary: `${user} can't ${verb} ${location}, which belongs to ${uid}:${gid} with mode ${mode}`,
      detail: `To the server it is ${[...new Set(seen.map(({ uid, gids }) => `${uid}:${gids.join(',')}`))].join(' or ')}: numbers travel, not names.`,
      advice: `Have the export say "squash: 'all', anonUid: ${uid}, anonGid: ${gid}" for this client, or use the same numbers on both sides.`,
    })
    break
  }
  return doubts
}
