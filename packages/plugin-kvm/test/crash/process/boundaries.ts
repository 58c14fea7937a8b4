// Loaded into a `lares` process (node --import): kills it at a change of its state or at a command that changes something.
import childProcess, { type ChildProcess } from 'node:child_process'
import { syncBuiltinESMExports } from 'node:module'
import { cross, number } from '../../../../../e2e/crash/crossing.ts'
import '../../../../../e2e/crash/state-boundaries.ts'
import { isLook, nameOf } from '../commands.ts'

type Spawn = (program: string, args: readonly string[], options: object) => ChildProcess

const calls = childProcess as unknown as { spawn: Spawn }
const { spawn } = calls

// `sent`: the command runs and has all of its input, and nobody is left to hear how it ended.
calls.spawn = (program, args, options) => {
  const name = nameOf([program, ...args])
  if (isLook(name)) return spawn(program, args, options)
  const call = number(name)
  cross(`${call} before`)
  const child = spawn(program, args, options)
  child.stdin?.once('finish', () => cross(`${call} sent`))
  child.prependOnceListener('exit', () => cross(`${call} after`))
  return child
}
syncBuiltinESMExports()
