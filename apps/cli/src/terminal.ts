import { type Style, styleFor } from './style.ts'

/** Where a command writes: answers to `out`, what goes on meanwhile and what went wrong to `err`. */
export interface Terminal {
  out(text: string): void
  err(text: string): void
  style: Style
  errStyle: Style
  /** Somebody can answer a question. */
  interactive: boolean
  /** Lines on `err` can be redrawn. */
  live: boolean
  columns: number
  rows: number
  /** Columns of `out`; undefined where it is no terminal, so that lines may be as long as they are. */
  width: number | undefined
  /** Shows a question on `err` and resolves with the line that was typed; undefined at the end of input. */
  ask(question: string, signal: AbortSignal): Promise<string | undefined>
}

export function openTerminal(options: { colour: boolean; json: boolean }): Terminal {
  const { stdin, stdout, stderr } = process
  const dumb = process.env['TERM'] === 'dumb'
  return {
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    style: styleFor(stdout, options),
    errStyle: styleFor(stderr, options),
    interactive: !options.json && stdin.isTTY === true && stderr.isTTY === true,
    live: !options.json && stderr.isTTY === true && !dumb && process.env['CI'] === undefined,
    get columns() {
      return stderr.columns || 80
    },
    get rows() {
      return stderr.rows || 24
    },
    get width() {
      return stdout.columns || undefined
    },
    async ask(question, signal) {
      const { createInterface } = await import('node:readline/promises')
      const prompt = createInterface({ input: stdin, output: stderr })
      const ended = new Promise<undefined>((resolve) => prompt.once('close', () => resolve(undefined)))
      try {
        return await Promise.race([prompt.question(question, { signal }), ended])
      } finally {
        prompt.close()
      }
    },
  }
}
