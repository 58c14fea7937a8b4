import { spawn } from 'node:child_process'
import { delimiter } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = new URL('../', import.meta.url)
const bin = fileURLToPath(new URL('node_modules/.bin', root))
const colour = process.stdout.isTTY ? { FORCE_COLOR: '1' } : { NO_COLOR: '1' }
const stop = new AbortController()
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(name, () => stop.abort())

/**
 * Runs a command of the repository, on the Node that it pins, and collects what it prints. `onLine` sees each line
 * as it comes. Resolves to `{ code, output }`, whatever the code is; a command is ended after `minutes`, and when this
 * process is asked to stop.
 */
export function command(line, { env = {}, minutes = 15, onLine } = {}) {
  const [program, ...args] = line
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: root,
      env: { ...process.env, ...colour, ...env, PATH: `${bin}${delimiter}${process.env.PATH}` },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: minutes * 60_000,
      signal: stop.signal,
    })
    let output = ''
    let unfinished = ''
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => {
        output += text
        const lines = (unfinished + text).split('\n')
        unfinished = lines.pop()
        for (const each of lines) onLine?.(each)
      })
    child.on('error', (error) => stop.signal.aborted || reject(error))
    child.on('close', (code) => resolve({ code: code ?? 1, output }))
  })
}

/**
 * Runs steps, `lanes` at a time, each once those that it comes `after` have ended, in the order given.
 * A step is `{ name, after?: string[], run(): Promise<unknown> }`; a `beside` one waits for no lane, because it mostly
 * waits for the network. Resolves when all have ended.
 */
export async function runSteps(steps, lanes) {
  const waiting = new Set(steps)
  const running = new Map()
  const ended = new Set()
  while (waiting.size > 0 || running.size > 0) {
    for (const step of waiting) {
      const ready = (step.after ?? []).every((name) => ended.has(name))
      const busy = [...running.keys()].filter(({ beside }) => !beside).length
      if (!ready || (!step.beside && busy >= lanes)) continue
      waiting.delete(step)
      const ends = step.run().finally(() => {
        running.delete(step)
        ended.add(step.name)
      })
      running.set(step, ends)
    }
    if (running.size === 0) throw new Error(`Nothing comes before ${[...waiting].map(({ name }) => name).join(', ')}`)
    await Promise.race(running.values())
  }
}
