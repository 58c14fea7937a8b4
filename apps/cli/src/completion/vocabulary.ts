import type { OptionSpec } from '../command.ts'
import { commands } from '../commands.ts'
import { commonOptions } from '../options.ts'

/** What a shell can offer, command by command. */
export interface Vocabulary {
  name: string
  summary: string
  subcommands: [string, string][]
  options: [string, OptionSpec][]
}

export async function vocabulary(): Promise<Vocabulary[]> {
  return await Promise.all(
    Object.entries(commands).map(async ([name, { summary, load }]) => {
      const command = await load()
      return {
        name,
        summary,
        subcommands: Object.entries(command.subcommands ?? {}),
        options: Object.entries({ ...command.options, ...commonOptions }),
      }
    }),
  )
}

/** The program that prints the addresses of the lab, one a line. */
export const addressCommand = 'lares completion addresses'

export const flagsWith = (words: readonly Vocabulary[], complete: OptionSpec['complete']): string[] => [
  ...new Set(
    words.flatMap(({ options }) => options.filter(([, o]) => o.complete === complete).map(([name]) => `--${name}`)),
  ),
]

/** Options whose value only the user knows. */
export const freeFlags = (words: readonly Vocabulary[]): string[] => [
  ...new Set(
    words.flatMap(({ options }) =>
      options.filter(([, o]) => o.type === 'string' && o.complete === undefined).map(([name]) => `--${name}`),
    ),
  ),
]
