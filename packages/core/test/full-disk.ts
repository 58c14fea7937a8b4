// Appends until the disk is full, in a directory whose file system is small, and says in JSON what became of it.
// node full-disk.ts DIRECTORY
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileStore } from '../src/state-file.ts'
import { recordOf } from '../src/testing/store-contract.ts'

const mount = process.argv[2]!
const directory = join(mount, '.lares')
const ballast = join(mount, 'ballast')
writeFileSync(ballast, Buffer.alloc(512 * 1024))

const attempt = async (work: () => Promise<unknown>): Promise<string> => {
  try {
    await work()
    return 'done'
  } catch (error) {
    const { code, diagnostics } = error as { code?: string; diagnostics?: { detail?: string; advice?: string }[] }
    return [code, diagnostics?.[0]?.detail?.replace(/^.*: (E[A-Z]+).*$/, '$1'), diagnostics?.[0]?.advice].join('; ')
  }
}

const end = (address: string) =>
  ({ op: 'end', address, record: recordOf(address, { attributes: { text: 'x'.repeat(5000) } }) }) as const
const store = fileStore(directory, 'home')
const session = await store.open('apply')
let acknowledged = 0
let failure = 'done'
while (failure === 'done') {
  failure = await attempt(() => session.append(end(`r${acknowledged}`)))
  if (failure === 'done') acknowledged++
}
const journal = readFileSync(join(directory, 'journal.ndjson')).length
const later = await attempt(() => session.append(end('later')))
const closed = await attempt(() => session.close())
const kept = readFileSync(join(directory, 'journal.ndjson')).length === journal
const readable = Object.keys((await store.read()).resources).length
const stillFull = await attempt(() => store.open('apply'))
rmSync(ballast)
const resumed = await store.open('apply')
const recovered = Object.keys(resumed.state.resources).length
await resumed.append(end('after'))
await resumed.close()
const last = Object.keys((await store.read()).resources).length
console.log(JSON.stringify({ acknowledged, failure, later, closed, kept, readable, stillFull, recovered, last }))
