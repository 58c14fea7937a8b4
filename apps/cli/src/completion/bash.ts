import { addressCommand, flagsWith, freeFlags, type Vocabulary } from './vocabulary.ts'

export function bashCompletion(words: readonly Vocabulary[]): string {
  const cases = words.map(({ name, options, subcommands }) => {
    const flags = options.map(([option]) => `--${option}`).join(' ')
    const first = subcommands.map(([word]) => word).join(' ')
    return `    ${name}) flags='${flags}' words='${first}' ;;`
  })
  return `# Completion of lares for bash: source <(lares completion bash)
_lares() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" flags='' words=''
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W '${words.map(({ name }) => name).join(' ')} help --help --version' -- "$word"))
    return
  fi
  case "$before" in
    ${flagsWith(words, 'file').join('|')}) compopt -o filenames; COMPREPLY=($(compgen -f -- "$word")); return ;;
    ${flagsWith(words, 'address').join('|')}) COMPREPLY=($(compgen -W "$(${addressCommand} 2>/dev/null)" -- "$word")); return ;;
    ${freeFlags(words).join('|')}) return ;;
  esac
  case "\${COMP_WORDS[1]}" in
${cases.join('\n')}
  esac
  if [[ "$word" == -* ]]; then
    COMPREPLY=($(compgen -W "$flags" -- "$word"))
  elif [ "$COMP_CWORD" -eq 2 ] && [ -n "$words" ]; then
    COMPREPLY=($(compgen -W "$words" -- "$word"))
  else
    case "\${COMP_WORDS[1]} \${COMP_WORDS[2]}" in
      'state show'|'state forget'|'import '*|'outdated '*|'status '*) COMPREPLY=($(compgen -W "$(${addressCommand} 2>/dev/null)" -- "$word")) ;;
      *) compopt -o filenames; COMPREPLY=($(compgen -f -- "$word")) ;;
    esac
  fi
}
complete -F _lares lares
`
}
