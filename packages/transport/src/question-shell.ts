import { frames } from './frames.ts'
import type { HostProcess } from './host.ts'
import { newMark } from './launch.ts'
import type { Link } from './link.ts'

type Output = 'stdout' | 'stderr'

/** What one output said before a mark, and the word behind the mark. */
export interface Said {
  readonly from: Output
  readonly bytes: Buffer
  readonly word: string
}

export interface Listener {
  said(part: Said): void
  /** More has come that no mark has closed yet: so many bytes by now. */
  saying(size: number): void
}

/** A shell that runs one script after another. Each script closes what it says with `answered STATUS`. */
export interface QuestionShell {
  run(script: string, listener: Listener): void
  /** Its exit status, and what it said last, once all of that is here. Rejects when the connection is lost. */
  readonly ended: Promise<{ exitCode: number; stdout: string; stderr: string }>
  /** No more scripts: it ends by itself when it is through. */
  leave(): void
  kill(): Promise<void>
}

const prelude = (mark: string): string => `export LC_ALL=C PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"
answered() { printf '\\n%s %s\\n' ${mark} "$1"; printf '\\n%s .\\n' ${mark} >&2; }
`

export async function openShell(link: Link, signal: AbortSignal): Promise<QuestionShell> {
  const process = await link.start(['sh', '-s'], { signal }, 'question')
  const mark = newMark()
  let first = prelude(mark)
  let listener: Listener | undefined
  process.stdin.on('error', () => {})

  const follow = (from: Output) => {
    const stream = frames(mark, (frame) => listener?.said({ from, ...frame }))
    const end = ended(process[from], (chunk) => {
      stream.push(chunk)
      listener?.saying(stream.size())
    })
    return { rest: () => stream.rest().toString(), end }
  }
  const [stdout, stderr] = [follow('stdout'), follow('stderr')]
  const whole = Promise.all([process.exited, stdout.end, stderr.end]).then(([exitCode]) => ({
    ...{ exitCode, stdout: stdout.rest(), stderr: stderr.rest() },
  }))
  whole.catch(() => {})

  return {
    run(script, heard) {
      listener = heard
      // Parsed as a whole before it starts, so that one that is cut short does nothing.
      process.stdin.write(`${first}{ :\n${script}\n}\n`)
      first = ''
    },
    ended: whole,
    leave: () => void process.stdin.end(),
    kill: () => process.kill(),
  }
}

function ended(stream: HostProcess['stdout'], onData: (chunk: Buffer) => void): Promise<void> {
  return new Promise((resolve) => {
    stream.on('data', onData)
    for (const event of ['end', 'close', 'error']) stream.once(event, () => resolve())
  })
}
