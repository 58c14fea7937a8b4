import type { OptionSpec } from '../command.ts'
import { addressCommand, type Vocabulary } from './vocabulary.ts'

/** Text inside single quotes, where brackets and colons mean something to _arguments. */
const quoted = (text: string): string => text.replace(/'/g, `'\\''`).replace(/[[\]:]/g, '\\$&')

export function zshCompletion(words: readonly Vocabulary[]): string {
  const described = words.map(({ name, summary }) => `    '${name}:${quoted(summary)}'`)
  const cases = words.map(({ name, options, subcommands }) => {
    const specs = options.map(([option, spec]) => `        '${optionSpec(option, spec)}' \\`)
    const rest =
      subcommands.length > 0
        ? `        '1:command:((${subcommands.map(([word, about]) => `${word}\\:"${quoted(about)}"`).join(' ')}))' '*:address:_lares_addresses'`
        : ['import', 'outdated', 'status'].includes(name)
          ? "        '*:address:_lares_addresses'"
          : "        '*:file:_files'"
    return [
      `      ${name})`,
      '        _arguments \\',
      ...specs.map((line) => `  ${line}`),
      `  ${rest}`,
      '        ;;',
    ].join('\n')
  })
  return `#compdef lares
# Completion of lares for zsh: source <(lares completion zsh), or as _lares in a directory of $fpath
_lares_addresses() {
  local -a addresses
  addresses=(\${(f)"$(${addressCommand} 2>/dev/null)"})
  compadd -a addresses
}
_lares() {
  local state
  local -a commands
  commands=(
${described.join('\n')}
  )
  _arguments -C '1:command:->command' '*::argument:->argument'
  case $state in
    command) _describe 'command' commands ;;
    argument)
      case $words[1] in
${cases.join('\n')}
      esac
      ;;
  esac
}
if [ "$funcstack[1]" = _lares ]; then _lares "$@"; else compdef _lares lares; fi
`
}

function optionSpec(name: string, { summary, type, value = 'value', multiple, complete }: OptionSpec): string {
  const action = complete === 'file' ? '_files' : complete === 'address' ? '_lares_addresses' : ' '
  const argument = type === 'string' ? `:${value}:${action}` : ''
  return `${multiple ? '*' : ''}--${name}[${quoted(summary)}]${argument}`
}
