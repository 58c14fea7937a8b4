// Appends to a state as fast as it can and says on stdout what was acknowledged, until it is killed.
// node state-writer.ts DIRECTORY endless
// node state-writer.ts DIRECTORY once CALL    kills itself before that call that changes the disk
import { writeSync } from 'node:fs'
import { fileStore } from '../src/state-file.ts'
import { recordOf } from '../src/testing/store-contract.ts'
import { interceptFiles } from './file-faults.ts'

const [directory, mode, call] = process.argv.slice(2) as [string, 'endless' | 'once', string?]

if (mode === 'once') {
  await interceptFiles(({ number, name, proceed }) => {
    if (number !== Number(call)) return proceed()
    writeSync(2, name)
    return process.kill(process.pid, 'SIGKILL')
  })
}

const store = fileStore(directory, 'home')

async function run(appends: number): Promise<void> {
  const session = await store.open('write')
  const chain = async (address: string) => {
    for (let i = 0; i < appends; i++) {
      const version = (session.state.resources[address]?.version ?? 0) + 1
      await session.append({
        op: 'end',
        address,
        record: recordOf(address, { version, attributes: { text: 'x'.repeat(version % 3000) } }),
      })
      writeSync(1, `${address} ${version}\n`)
    }
  }
  await Promise.all(['a', 'b', 'c', 'd'].map(chain))
  await session.close()
}

if (mode === 'once') await run(2)
else for (;;) await run(20)
