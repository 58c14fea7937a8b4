import { randomBytes } from 'node:crypto'
import { markVariable } from './ending.ts'
import type { Command, StartOptions } from './host.ts'
import { quote } from './quote.ts'

/**
 * Takes lines until the one that begins with the mark, evaluates it, and becomes the command. `read` takes a pipe byte
 * by byte, so what follows that line is left for the command. Lines before it are those that sudo did not want.
 */
const reader =
  'mark=$1; shift; while IFS= read -r line; do case $line in "$mark "*) eval "${line#"$mark "}"; exec "$@";; esac; done; exit 125'

export interface Launch {
  readonly command: Command
  /** Goes to stdin before the command's own input. */
  readonly prologue: string
  /** How the command and its children can be found. */
  readonly mark: string
}

/** A command that takes its directory and variables from stdin, so that no command line shows them. */
export function launch(command: Command, options: StartOptions): Launch {
  const mark = newMark()
  const multiline = [options.cwd, ...Object.values(options.env ?? {})].some((value) => value?.includes('\n'))
  const steps = [
    multiline && "newline=$(printf '\\n.'); newline=${newline%.}",
    `export ${markVariable}=${mark}`,
    options.cwd === undefined ? '' : `cd -- ${inline(options.cwd)} || exit 1`,
    ...Object.entries(options.env ?? {}).map(([name, value]) => `export ${variable(name)}=${inline(value)}`),
  ]
  return {
    command: ['sh', '-c', reader, 'sh', mark, ...command],
    prologue: `${mark} ${steps.filter(Boolean).join('; ')}\n`,
    mark,
  }
}

export function newMark(): string {
  return randomBytes(12).toString('hex')
}

function variable(name: string): string {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) throw new TypeError(`Not a name for a variable: ${JSON.stringify(name)}`)
  return name
}

/** A quoted word without a line break of its own. */
function inline(value: string): string {
  return value
    .split('\n')
    .map((line) => quote(line))
    .join('"$newline"')
}
