import { addressCommand, type Vocabulary } from './vocabulary.ts'

const quoted = (text: string): string => `'${text.replace(/[\\']/g, '\\$&')}'`

export function fishCompletion(words: readonly Vocabulary[]): string {
  const lines = [
    '# Completion of lares for fish: lares completion fish > ~/.config/fish/completions/lares.fish',
    'complete -c lares -f',
  ]
  for (const { name, summary, subcommands, options } of words) {
    lines.push(`complete -c lares -n __fish_use_subcommand -a ${name} -d ${quoted(summary)}`)
    const inside = `-n '__fish_seen_subcommand_from ${name}'`
    for (const [word, about] of subcommands) {
      lines.push(`complete -c lares ${inside} -a ${word} -d ${quoted(about)}`)
    }
    for (const [option, { summary: about, short, type, complete }] of options) {
      const parts = ['complete -c lares', inside, `-l ${option}`]
      if (short !== undefined) parts.push(`-s ${short}`)
      if (type === 'string') parts.push(complete === 'file' ? '-r -F' : '-x')
      if (complete === 'address') parts.push(`-a '(${addressCommand} 2>/dev/null)'`)
      lines.push([...parts, `-d ${quoted(about)}`].join(' '))
    }
  }
  lines.push("complete -c lares -n '__fish_seen_subcommand_from apply' -F")
  lines.push(
    `complete -c lares -n '__fish_seen_subcommand_from import outdated status' -a '(${addressCommand} 2>/dev/null)'`,
  )
  return `${lines.join('\n')}\n`
}
