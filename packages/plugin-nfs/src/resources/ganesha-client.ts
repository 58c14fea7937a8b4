import { ganeshaFlavours, ganeshaTakes } from '../client/formats/ganesha-config.ts'
import type { ExportClientInputs } from './export-client.ts'

const none = 'NFS-Ganesha has no such option'

/** What Ganesha has no way to do for these clients, each with its path. */
export function ganeshaProblems(
  clients: readonly ExportClientInputs[],
): { path: (string | number)[]; message: string }[] {
  return clients.flatMap((client, index) => {
    const { host, sync, sec, fsid, crossmnt, subtreeCheck, mountpoint, hide, wdelay, options } = client
    const isInOrder = sec.every((flavour, at) => at === 0 || rank(sec[at - 1]!) < rank(flavour))
    const problems: Partial<Record<keyof ExportClientInputs, string | false>> = {
      host: !ganeshaTakes(host) && `NFS-Ganesha has no way to name the client "${host}"`,
      sync: !sync && 'NFS-Ganesha answers no earlier than a client asks it to',
      sec: !isInOrder && `NFS-Ganesha prefers the strongest: expected the order ${ganeshaFlavours.join(', ')}`,
      fsid:
        fsid !== undefined && typeof fsid !== 'number'
          ? 'NFS-Ganesha names a file system by a number'
          : fsid !== clients[0]!.fsid && 'NFS-Ganesha names a file system once, for all clients of a path',
      crossmnt: crossmnt && 'NFS-Ganesha exports what is mounted below in any case',
      subtreeCheck: subtreeCheck && none,
      mountpoint: mountpoint !== undefined && none,
      hide: !hide && none,
      wdelay: !wdelay && none,
      options: options.length > 0 && 'NFS-Ganesha takes no words of exports(5)',
    }
    return Object.entries(problems).flatMap(([name, message]) =>
      message ? [{ path: ['clients', index, name], message }] : [],
    )
  })
}

const rank = (flavour: (typeof ganeshaFlavours)[number]): number => ganeshaFlavours.indexOf(flavour)
