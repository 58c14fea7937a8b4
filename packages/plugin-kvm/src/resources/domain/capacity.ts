import { type DiagnosticInput, parseSize } from '@lares/core'
import { type Libvirt, readHypervisor } from '../../client/index.ts'
import { perConnection } from '../../client/per-connection.ts'
import { readFields } from './fields.ts'
import { neighboursOf } from './neighbours.ts'

/** What a guest may take of its hypervisor. */
export interface Share {
  name: string
  vcpus: number
  /** Bytes. */
  memory: number
}

interface Stock {
  cpus: number
  memory: number
  /** Of the guests that are there. */
  shares: Map<string, Share>
}

interface Ledger {
  wanted: Map<string, Share>
  /** What was told already. */
  told: Set<'memory' | 'vcpus'>
}

/** How many virtual processors one real one is shared by before anything is said. */
const CPU_FACTOR = 4
const ledgers = new WeakMap<Libvirt, Ledger>()

/** Adds a guest to what is wanted of its hypervisor. The first one that finds it too much is told so, with who uses what. */
export async function reserve(libvirt: Libvirt, share: Share, signal: AbortSignal): Promise<DiagnosticInput[]> {
  let ledger = ledgers.get(libvirt)
  if (!ledger) {
    ledger = { wanted: new Map(), told: new Set() }
    ledgers.set(libvirt, ledger)
  }
  const { wanted, told } = ledger
  // All that are planned together are in it before the hypervisor has answered the first of them.
  wanted.set(share.name, share)
  const { cpus, memory, shares: there } = await stockOf(libvirt, signal)
  const shares = [...new Map([...there, ...wanted]).values()]
  const limits = { memory, vcpus: cpus * CPU_FACTOR }
  return (['memory', 'vcpus'] as const).flatMap((what) => {
    const used = shares.reduce((sum, each) => sum + each[what], 0)
    if (used <= limits[what] || told.has(what)) return []
    told.add(what)
    const written = (amount: number) => (what === 'memory' ? rounded(amount) : `${amount} processors`)
    return [
      {
        code: 'overcommitted',
        path: what,
        summary: `The guests may take ${written(used)}, and the hypervisor has ${written(what === 'memory' ? memory : cpus)}`,
        detail: table([...shares].sort((a, b) => b[what] - a[what])),
      },
    ]
  })
}

/** For people: a tenth of a GiB is near enough. */
const rounded = (bytes: number) =>
  bytes < 2 ** 30 ? `${Math.round(bytes / 2 ** 20)}MiB` : `${Math.round((bytes / 2 ** 30) * 10) / 10}GiB`

function table(shares: readonly Share[]): string {
  const width = Math.max(...shares.map(({ name }) => name.length))
  const count = Math.max(...shares.map(({ vcpus }) => String(vcpus).length))
  return shares
    .map(({ name, memory, vcpus }) =>
      [name.padEnd(width), rounded(memory).padStart(9), `${String(vcpus).padStart(count)} vcpus`].join('  '),
    )
    .join('\n')
}

const stockOf = perConnection(async (libvirt, signal): Promise<Stock> => {
  const [{ cpus, memory }, neighbours] = await Promise.all([
    readHypervisor(libvirt, signal),
    neighboursOf(libvirt, signal),
  ])
  const shares = neighbours.map(({ name, domain }): [string, Share] => {
    const { maxVcpus, maxMemory = 0 } = readFields(domain) as { maxVcpus?: number; maxMemory?: string }
    return [name, { name, vcpus: maxVcpus ?? 1, memory: parseSize(maxMemory) }]
  })
  return { cpus, memory, shares: new Map(shares) }
})
