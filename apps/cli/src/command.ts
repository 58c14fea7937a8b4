import type { Terminal } from './terminal.ts'

export interface OptionSpec {
  type: 'boolean' | 'string'
  summary: string
  /** May be given more than once; its values may also be separated by commas. */
  multiple?: boolean
  short?: string
  /** What stands for the value in help: `FILE`. */
  value?: string
  /** What a shell offers for the value. */
  complete?: 'file' | 'address'
}
export type OptionSpecs = { readonly [name: string]: OptionSpec }

/** The values of options, typed by their specs. */
export type Values<O extends OptionSpecs> = {
  [K in keyof O]: O[K] extends { type: 'boolean' }
    ? boolean
    : O[K] extends { multiple: true }
      ? string[]
      : string | undefined
}

/** Where and how a command shows things. */
export interface Shown {
  terminal: Terminal
  /** Output for programs was asked for. */
  json: boolean
}

export interface Invocation<O extends OptionSpecs = OptionSpecs> extends Shown {
  name: string
  values: Values<O>
  positionals: readonly string[]
  /** What stands after the words of a command with `rest`, as it was written. */
  rest: readonly string[]
  cwd: string
  env: NodeJS.ProcessEnv
}

export interface Command<O extends OptionSpecs = OptionSpecs> {
  summary: string
  /** What follows the name: `[FILE]`. */
  usage: string
  /** More than the summary says, in a paragraph or two. */
  description?: string
  options: O
  /** Words that may stand first: `list`, `show`. */
  subcommands?: { readonly [name: string]: string }
  /** How many words it takes. */
  positionals: { min: number; max: number }
  /** All that stands after so many words is not the command's own. */
  rest?: number
  examples: readonly { command: string; about: string }[]
  /** Resolves with the exit code. */
  run(invocation: Invocation<O>): Promise<number>
}

/** A command with the types of its options forgotten, as the dispatcher sees it. */
export type AnyCommand = Omit<Command, 'run'> & { run(invocation: never): Promise<number> }

export const defineCommand = <const O extends OptionSpecs>(command: Command<O>): Command<O> => command

/** Exit codes, as documented in `lares help`. */
export const exit = { done: 0, failed: 1, changes: 2, partly: 3 } as const
