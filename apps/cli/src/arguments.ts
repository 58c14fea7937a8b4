import { parseArgs } from 'node:util'
import type { OptionSpec, OptionSpecs } from './command.ts'

export interface Parsed {
  values: Record<string, boolean | string | string[] | undefined>
  positionals: string[]
}

/** What is wrong with the arguments: a word that nobody knows, with the words that exist, or something else. */
export type Misuse = { unknown: string; known: string[] } | { wrong: string; advice?: string }

const optionsOf = (specs: OptionSpecs) =>
  Object.fromEntries(
    Object.entries(specs).map(([name, { type, short }]) => [name, short === undefined ? { type } : { type, short }]),
  )

const tokensOf = (specs: OptionSpecs, argv: readonly string[]) =>
  parseArgs({ args: [...argv], options: optionsOf(specs), strict: false, allowPositionals: true, tokens: true }).tokens

/** Where the arguments stand that come after so many words. */
export function afterWords(specs: OptionSpecs, argv: readonly string[], count: number): number {
  const words = tokensOf(specs, argv).filter(({ kind }) => kind === 'positional')
  const last = words[count - 1]
  return last === undefined ? argv.length : last.index + 1
}

/** Reads arguments by the specs. Every option has a value afterwards: false and [] stand for "not given". */
export function parseArguments(specs: OptionSpecs, argv: readonly string[]): Parsed | Misuse {
  const tokens = tokensOf(specs, argv)
  const values: Parsed['values'] = {}
  for (const [name, spec] of Object.entries(specs)) {
    values[name] = spec.type === 'boolean' ? false : spec.multiple ? [] : undefined
  }
  const positionals: string[] = []
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value)
    if (token.kind !== 'option') continue
    const spec = Object.hasOwn(specs, token.name) ? specs[token.name] : undefined
    if (!spec) return { unknown: token.rawName, known: Object.keys(specs).map((name) => `--${name}`) }
    const misuse = take(spec, token.rawName, token.value)
    if (misuse) return misuse
    const value = token.value
    if (value === undefined) values[token.name] = true
    else if (spec.multiple) (values[token.name] as string[]).push(...value.split(',').filter((part) => part !== ''))
    else values[token.name] = value
  }
  return { values, positionals }
}

function take(spec: OptionSpec, name: string, value: string | undefined): Misuse | undefined {
  if (spec.type === 'boolean') return value === undefined ? undefined : { wrong: `${name} takes no value` }
  if (value === undefined || value === '') {
    return { wrong: `${name} needs a value`, advice: `Write ${name} ${spec.value ?? 'VALUE'}.` }
  }
  // parseArgs takes the next option as the value when one is missing.
  if (value.startsWith('--')) return { wrong: `${name} needs a value`, advice: `Write ${name}=${value} if that is it.` }
  return undefined
}
