// Waits for the lock, is alone for a moment, records that it was there, and ends by giving the lock up or by being killed.
// node lock-racer.ts DIRECTORY NAME end|die
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileStore } from '../src/state-file.ts'
import { recordOf } from '../src/testing/store-contract.ts'

const [directory, name, how] = process.argv.slice(2) as [string, string, 'end' | 'die']
const alone = join(directory, '..', 'alone')
while (!existsSync(join(directory, '..', 'go'))) await sleep(2)

const session = await fileStore(directory, 'home', { wait: 60_000 }).open(name)
writeFileSync(alone, name, { flag: 'wx' })
await session.append({ op: 'end', address: name, record: recordOf(name) })
await sleep(2)
rmSync(alone)
if (how === 'die') process.kill(process.pid, 'SIGKILL')
await session.close()
