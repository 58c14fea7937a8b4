import { afterWords, parseArguments } from './arguments.ts'
import { type AnyCommand, exit, type Invocation, type Shown } from './command.ts'
import { commands } from './commands.ts'
import { commandHelp, generalHelp } from './help.ts'
import { commonOptions } from './options.ts'
import { openTerminal } from './terminal.ts'

/** Runs one command line and resolves with the exit code. Whatever goes wrong has been told by then. */
export async function run(argv: readonly string[]): Promise<number> {
  const json = hasFlag(argv, '--json')
  const terminal = openTerminal({ colour: !hasFlag(argv, '--no-color'), json })
  const shown: Shown = { terminal, json }
  try {
    return await dispatch(argv, shown)
  } catch (error) {
    const { tellError } = await import('./tell.ts')
    tellError(error, terminal, json)
    return exit.failed
  }
}

function hasFlag(argv: readonly string[], ...flags: string[]): boolean {
  const end = argv.indexOf('--')
  return (end < 0 ? argv : argv.slice(0, end)).some((word) => flags.includes(word))
}

async function dispatch(argv: readonly string[], shown: Shown): Promise<number> {
  const at = argv.findIndex((word) => !word.startsWith('-'))
  const leading = parseArguments(commonOptions, at < 0 ? argv : argv.slice(0, at))
  if (!('values' in leading)) {
    const misuse =
      at < 0 ? leading : { wrong: `"${argv[0]}" stands before the command`, advice: 'Options come after it.' }
    return await misused(misuse, 'lares', shown)
  }
  const word = argv[at]
  if (word === undefined || word === 'help') {
    const topic = word === undefined ? undefined : argv[at + 1]
    if (topic !== undefined) return await help(topic, shown)
    return overview(shown, { asked: word !== undefined || hasFlag(argv, '--help', '-h') })
  }
  if (hasFlag(argv, '--help', '-h')) return await help(word, shown)
  const command = await commandNamed(word)
  if (!command) return await misused({ unknown: word, known: Object.keys(commands) }, 'lares', shown)
  return await perform(word, command, argv.toSpliced(at, 1), shown)
}

const commandNamed = async (name: string): Promise<AnyCommand | undefined> =>
  Object.hasOwn(commands, name) ? await commands[name]!.load() : undefined

/** Help that nobody asked for is a complaint: there was no command. */
function overview({ terminal }: Shown, { asked }: { asked: boolean }): number {
  if (asked) terminal.out(generalHelp(terminal.style))
  else terminal.err(generalHelp(terminal.errStyle))
  return asked ? exit.done : exit.failed
}

async function help(word: string, shown: Shown): Promise<number> {
  const command = await commandNamed(word)
  if (!command) return await misused({ unknown: word, known: Object.keys(commands) }, 'lares', shown)
  shown.terminal.out(commandHelp(word, command, shown.terminal.style))
  return exit.done
}

async function perform(name: string, command: AnyCommand, argv: readonly string[], shown: Shown): Promise<number> {
  const specs = { ...commonOptions, ...command.options }
  const end = command.rest === undefined ? argv.length : afterWords(specs, argv, command.rest)
  const parsed = parseArguments(specs, argv.slice(0, end))
  if (!('values' in parsed)) return await misused(parsed, `lares ${name}`, shown)
  const wrong = checkPositionals(command, parsed.positionals)
  if (wrong) return await misused(wrong, `lares ${name}`, shown)
  const invocation: Invocation = {
    ...shown,
    name,
    values: parsed.values as Invocation['values'],
    positionals: parsed.positionals,
    rest: argv.slice(end),
    cwd: process.cwd(),
    env: process.env,
  }
  return await command.run(invocation as never)
}

function checkPositionals({ positionals: { min, max }, subcommands, usage }: AnyCommand, words: readonly string[]) {
  const [first] = words
  if (subcommands && first !== undefined && !Object.hasOwn(subcommands, first)) {
    return { unknown: first, known: Object.keys(subcommands) }
  }
  if (words.length < min) return { wrong: 'Something is missing', advice: `It takes ${usage}.` }
  if (words.length > max) {
    return { wrong: `"${words[max]}" is too much`, advice: max === 0 ? 'It takes options only.' : `It takes ${usage}.` }
  }
  return undefined
}

const misused = async (...args: Parameters<typeof import('./misuse.ts').tellMisuse>): Promise<number> => {
  const { tellMisuse } = await import('./misuse.ts')
  tellMisuse(...args)
  return exit.failed
}
