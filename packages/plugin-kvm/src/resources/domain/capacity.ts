import { type DiagnosticInput, formatSize, parseSize } from '@lares/core'
import { type Libvirt, parseXml, readHypervisor } from '../../client/index.ts'
import { readFields } from './fields.ts'

/** What a guest may take of its hypervisor. */
export interface Share {
  name: string
  vcpus: number
  /** Bytes. */
  memory: number
}

interface Ledger {
  cpus: number
  memory: number
  shares: Map<string, Share>
  /** What was told already. */
  told: Set<'memory' | 'vcpus'>
}

/** How many virtual processors one real one is shared by before anything is said. */
const CPU_FACTOR = 4
const ledgers = new WeakMap<Libvirt, Promise<Ledger>>()

/** Adds a guest to what is wanted of its hypervisor. The first one that goes beyond it is told so, with who uses what. */
export async function reserve(libvirt: Libvirt, share: Share, signal: AbortSignal): Promise<DiagnosticInput[]> {
  let pending = ledgers.get(libvirt)
  if (!pending) {
    pending = openLedger(libvirt, signal)
    ledgers.set(libvirt, pending)
    pending.catch(() => ledgers.delete(libvirt))
  }
  const ledger = await pending
  ledger.shares.set(share.name, share)
  const shares = [...ledger.shares.values()]
  const sum = (of: (each: Share) => number) => shares.reduce((total, each) => total + of(each), 0)
  const limits = { memory: ledger.memory, vcpus: ledger.cpus * CPU_FACTOR }
  const used = { memory: sum(({ memory }) => memory), vcpus: sum(({ vcpus }) => vcpus) }
  return (['memory', 'vcpus'] as const).flatMap((what) => {
    if (used[what] <= limits[what] || ledger.told.has(what)) return []
    ledger.told.add(what)
    const written = (amount: number) => (what === 'memory' ? rounded(amount) : `${amount} processors`)
    const has = what === 'memory' ? rounded(ledger.memory) : `${ledger.cpus} processors`
    return [
      {
        code: 'overcommitted',
        path: what,
        summary: `The guests may take ${written(used[what])}, and the hypervisor has ${has}`,
        detail: table(shares),
      },
    ]
  })
}

const rounded = (bytes: number) => formatSize(Math.round(bytes / 2 ** 20) * 2 ** 20)

const table = (shares: readonly Share[]): string => {
  const width = Math.max(...shares.map(({ name }) => name.length))
  return [...shares]
    .sort((a, b) => b.memory - a.memory)
    .map(({ name, memory, vcpus }) => `${name.padEnd(width)}  ${rounded(memory).padStart(9)}  ${vcpus} vcpus`)
    .join('\n')
}

async function openLedger(libvirt: Libvirt, signal: AbortSignal): Promise<Ledger> {
  const { cpus, memory } = await readHypervisor(libvirt, signal)
  const names = (await libvirt.virsh(['list', '--all', '--name'], { signal })).split('\n').filter((name) => name !== '')
  const documents =
    names.length > 0
      ? await libvirt.read(
          names.map((name) => ['dumpxml', '--inactive', name]),
          signal,
        )
      : []
  const shares = documents.flatMap((document, index): [string, Share][] => {
    if (typeof document !== 'string') return []
    const { maxVcpus, maxMemory = 0 } = readFields(parseXml(document)) as { maxVcpus?: number; maxMemory?: string }
    const name = names[index]!
    return [[name, { name, vcpus: maxVcpus ?? 1, memory: parseSize(maxMemory) }]]
  })
  return { cpus, memory, shares: new Map(shares), told: new Set() }
}
