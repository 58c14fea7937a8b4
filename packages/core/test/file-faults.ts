import fs from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'

/** What happens at one call that changes a disk. `proceed` makes the call; `half` writes half of what was to be written. */
export type Fault = (call: {
  number: number
  name: string
  /** The path that the call is about, as it was given. */
  file: string
  proceed(): Promise<unknown>
  half(): Promise<void>
}) => unknown

type Call = (...args: never[]) => Promise<unknown>

/** Lets every call of `node:fs/promises` in this process that changes a disk go through `fault`. */
export async function interceptFiles(fault: Fault): Promise<{ reset(): void }> {
  let number = 0
  const opened = new WeakMap<object, string>()
  const intercept = (owner: object, names: readonly string[]) => {
    const calls = owner as { [name: string]: Call }
    for (const name of names) {
      const real = calls[name]!
      calls[name] = async function (this: object, ...args: never[]) {
        const file = opened.get(this) ?? String(args[0])
        const proceed = async () => {
          const result = await real.apply(this, args)
          if (name === 'open') opened.set(result as object, file)
          return result
        }
        const half = async () => {
          if (name.startsWith('write')) await real.apply(this, halved(name, args) as never[])
        }
        return fault({ number: ++number, name, file, proceed, half })
      }
    }
  }
  const handle = await fs.open('/dev/null', 'r')
  const prototype: object = Object.getPrototypeOf(handle)
  await handle.close()
  intercept(fs, ['mkdir', 'writeFile', 'open', 'rename', 'link', 'copyFile', 'rm', 'utimes'])
  intercept(prototype, ['write', 'writeFile', 'sync', 'datasync', 'truncate'])
  syncBuiltinESMExports()
  return {
    reset() {
      number = 0
    },
  }
}

/** The arguments of a call that writes, with half of what it would write. */
function halved(name: string, args: readonly unknown[]): unknown[] {
  if (name === 'write') {
    const [bytes, offset, length, position] = args as [Buffer, number, number, number]
    return [bytes, offset, length >> 1, position]
  }
  const [first, second, ...rest] = args
  const half = (data: unknown) => (typeof data === 'string' ? data.slice(0, data.length >> 1) : data)
  return typeof second === 'string' ? [first, half(second), ...rest] : [half(first), second, ...rest]
}
