import { setTimeout as sleep } from 'node:timers/promises'
import type { Command, HostProcess, StartOptions } from './host.ts'
import type { Lane } from './link.ts'

/** Every command carries a mark in its environment, which its children inherit: that is how all of them are found. */
export const markVariable = 'LARES_COMMAND'

/** Waits a second for a command that has only just been asked for, asks it for two to end, then insists. `$1` has a line for each mark. */
const endAll = `
all() {
  for file in $(grep -lsF "$1" /proc/[0-9]*/environ); do
    pid=\${file#/proc/}
    kill -s "$2" "\${pid%/environ}" 2>/dev/null
    any=1
  done
}
any=
for _ in 1 2 3 4 5 6 7 8 9 10; do
  all "$1" TERM
  [ -z "$any" ] || break
  sleep 0.1
done
for _ in 1 2 3 4 5 6 7 8 9 10; do
  [ -n "$any" ] || exit 0
  sleep 0.2
  any=; all "$1" 0
done
all "$1" KILL
`

/** How long it is waited for: a busy machine takes its time to log in, to become root and to look through its processes. */
const PATIENCE = 15_000

/** Ends the commands that carry one of the marks, by another command, which goes on when nobody waits for it any more. */
export async function endMarked(
  start: (command: Command, options: StartOptions, lane: Lane) => Promise<HostProcess>,
  marks: readonly string[],
): Promise<void> {
  const end = async () => {
    const lines = marks.map((mark) => `${markVariable}=${mark}`).join('\n')
    const process = await start(['sh', '-c', endAll, 'sh', lines], {}, 'stream')
    process.stdin.on('error', () => {}).end()
    process.stdout.resume()
    process.stderr.resume()
    await process.exited
  }
  await Promise.race([end().catch(() => {}), sleep(PATIENCE, undefined, { ref: false })])
}
