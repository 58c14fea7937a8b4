import fs from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'

/** What happens at one call that changes a disk. `proceed` makes the call; `half` writes half of what was to be written. */
export type Fault = (call: {
  number: number
  name: string
  proceed(): Promise<unknown>
  half(): Promise<void>
}) => unknown

type Call = (...args: never[]) => Promise<unknown>

/** Lets every call of `node:fs/promises` in this process that changes a disk go through `fault`. */
export async function interceptFiles(fault: Fault): Promise<{ reset(): void }> {
  let number = 0
  const intercept = (owner: object, names: readonly string[]) => {
    const calls = owner as { [name: string]: Call }
    for (const name of names) {
      const real = calls[name]!
      calls[name] = async function (this: unknown, ...args: never[]) {
        const half = async () => {
          const [bytes, offset, length, position] = args as unknown as [Buffer, number, number, number]
          if (name === 'write') await real.apply(this, [bytes, offset, length >> 1, position] as never[])
        }
        return fault({ number: ++number, name, proceed: () => real.apply(this, args), half })
      }
    }
  }
  const handle = await fs.open('/dev/null', 'r')
  const prototype: object = Object.getPrototypeOf(handle)
  await handle.close()
  intercept(fs, ['mkdir', 'writeFile', 'open', 'rename', 'link', 'rm', 'utimes'])
  intercept(prototype, ['write', 'sync', 'datasync', 'truncate'])
  syncBuiltinESMExports()
  return {
    reset() {
      number = 0
    },
  }
}
