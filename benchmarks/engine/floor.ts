/** The least that gives the same result: a ready queue, a journal with group commit of intent and result, a snapshot at the end. */
import { open, readFile, rename } from 'node:fs/promises'

const [directory, count, verb] = process.argv.slice(2) as [string, string, 'apply' | 'plan' | 'destroy']
const file = `${directory}/state.json`
const items = Array.from({ length: Number(count) }, (_, i) => ({
  address: i === 0 ? 'root' : `item-${i}`,
  parent: i === 0 ? -1 : i % 10 === 1 ? 0 : i - 1,
}))
type Item = { value: string; parent?: string }
const recorded: Record<string, Item> = JSON.parse(await readFile(file, 'utf8').catch(() => '{}'))

let waiting: { line: string; done: () => void }[] = []
let flushing = false
const journal = await open(`${directory}/journal`, 'w')
const append = (entry: unknown): Promise<void> =>
  new Promise((done) => {
    waiting.push({ line: `${JSON.stringify(entry)}\n`, done })
    if (!flushing) void flush()
  })
async function flush(): Promise<void> {
  flushing = true
  await Promise.resolve()
  while (waiting.length > 0) {
    const batch = waiting
    waiting = []
    await journal.write(batch.map(({ line }) => line).join(''))
    await journal.datasync()
    for (const { done } of batch) done()
  }
  flushing = false
}

const wanted = (i: number): Item => {
  const { parent } = items[i]!
  return parent < 0 ? { value: 'root' } : { value: `v${i}`, parent: items[parent]!.address }
}
const pending = items
  .map((_, i) => i)
  .filter((i) => verb === 'destroy' || JSON.stringify(recorded[items[i]!.address]) !== JSON.stringify(wanted(i)))
if (verb !== 'plan' && pending.length > 0) {
  const children: number[][] = items.map(() => [])
  items.forEach(({ parent }, i) => parent >= 0 && children[parent]!.push(i))
  const left = items.map((_, i) => (verb === 'destroy' ? children[i]!.length : items[i]!.parent < 0 ? 0 : 1))
  await new Promise<void>((resolve) => {
    let open = pending.length
    const start = async (i: number): Promise<void> => {
      const { address, parent } = items[i]!
      await append({ op: 'begin', address })
      if (verb === 'destroy') delete recorded[address]
      else recorded[address] = wanted(i)
      await append({ op: 'end', address, item: recorded[address] })
      for (const next of verb === 'destroy' ? (parent < 0 ? [] : [parent]) : children[i]!)
        if (--left[next]! === 0) void start(next)
      if (--open === 0) resolve()
    }
    left.forEach((count, i) => count === 0 && void start(i))
  })
  const snapshot = await open(`${file}.new`, 'w')
  await snapshot.writeFile(JSON.stringify(recorded))
  await snapshot.sync()
  await snapshot.close()
  await rename(`${file}.new`, file)
}
process.stdout.write(JSON.stringify({ done: pending.length, peak: Math.round(process.resourceUsage().maxRSS / 1024) }))
