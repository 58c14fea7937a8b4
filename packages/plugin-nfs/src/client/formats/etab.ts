import { parseExports } from './exports-file.ts'

/** One client of one path, as the server has it. */
export interface EtabEntry {
  path: string
  /** `*` for everybody. */
  host: string
  /** With all defaults spelled out; `parseExportOptions` tells what they mean. */
  options: readonly string[]
}

/**
 * Reads /var/lib/nfs/etab, which nfs-utils writes as exports(5) with one client a line; names are there in full. What
 * `exportfs -s` prints reads too, but for paths with a quote, which it does not escape. Never throws: what can't be read is
 * left out.
 */
export function parseEtab(text: string): EtabEntry[] {
  return parseExports(text).lines.flatMap((line) => {
    if (line.kind !== 'entry') return []
    const { path, clients } = line.entry
    return clients.map(({ host, options }) => ({ path, host: host || '*', options }))
  })
}
