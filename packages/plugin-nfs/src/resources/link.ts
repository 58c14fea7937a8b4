import { isUnknown, type PrepareContext } from '@lares/core'
import type { Host } from '@lares/transport'
import { clientTakes } from '../client/formats/export-client.ts'
import { type ExportSource, locationOf } from './source.ts'

/** `$1` a server. Prints the addresses from which this host speaks to it. */
const FROM = `
PATH=$PATH:/usr/sbin:/sbin
for address in $(getent ahosts "$1" | cut -d ' ' -f 1 | sort -u); do
  ip -o route get "$address" 2> /dev/null | sed -n 's/.* src \\([^ ]*\\).*/\\1/p'
done
`

/** Whether export and mount go together; what does not is a warning, because names and routes can be other than they look. */
export async function checkLink({
  connection,
  inputs: { source, readOnly },
  signal,
  warn,
}: PrepareContext<{ source: string | ExportSource; readOnly: boolean }, Host>): Promise<undefined> {
  if (typeof source === 'string' || isUnknown(source)) return
  const { stdout } = await connection.ask(FROM, { args: [source.server], signal, timeout: 15_000 })
  const from = [...new Set(stdout.split('\n').filter((line) => line !== ''))]
  if (from.length === 0) return
  const taken = source.clients.filter(({ host }) => from.some((address) => clientTakes(host, address) !== false))
  const location = locationOf(source)
  if (taken.length === 0)
    warn({
      code: 'not_a_client',
      path: 'source',
      summary: `${location} is not exported to ${from.join(', ')}, the address of this host`,
      detail: `It is exported to ${source.clients.map(({ host }) => host).join(', ')}.`,
      advice: 'Name this host among the clients of the export.',
    })
  else if (!readOnly && taken.every(({ access }) => access === 'ro'))
    warn({
      code: 'read_only_export',
      path: 'readOnly',
      summary: `${location} is exported read-only to this host, and mounted for writing`,
      advice: 'Say "readOnly: true" here, or "access: \'rw\'" for this client of the export.',
    })
}
