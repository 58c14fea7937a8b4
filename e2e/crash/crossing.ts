// For what is loaded into a process that is to die: tells every boundary that it crosses, and kills it at one of them.
//   CRASH_TRACE  the file that gets the boundaries, one on each line
//   CRASH_AT     the boundary to die at; none when absent
import { openSync, writeSync } from 'node:fs'

/** The boundary to die at. */
export const target = process.env.CRASH_AT
const trace = openSync(process.env.CRASH_TRACE!, 'a')
const counts = new Map<string, number>()

/** Names one call: what kind it is, and the how many-th of its kind. */
export function number(kind: string): string {
  const count = (counts.get(kind) ?? 0) + 1
  counts.set(kind, count)
  return `${kind} #${count}`
}

export function cross(boundary: string): void {
  writeSync(trace, `${boundary}\n`)
  if (boundary === target) process.kill(process.pid, 'SIGKILL')
}
