/** Commands that change nothing. Those of `sh -s` without arguments are questions of the transport. */
const looks = new Set(
  [
    ...['domstate', 'dumpxml', 'list', 'snapshot-list', 'version'],
    ...['net-dumpxml', 'net-info', 'net-list', 'pool-dumpxml', 'pool-list'],
  ].map((verb) => `virsh ${verb}`),
)

export const isLook = (name: string): boolean => looks.has(name) || name === 'question'

/** What a command is, whatever it is about: `virsh define`, `script`, `question`, `spawn` for what fetches images, or its program. */
export function nameOf(command: readonly string[]): string {
  const [program = '', first, ...rest] = command
  // virsh -q -c URI VERB …
  const at = command.indexOf('virsh')
  if (at >= 0) return `virsh ${command[at + 4]}`
  if (program !== 'sh') return program
  if (first !== '-s') return 'spawn'
  return rest.length > 0 ? 'script' : 'question'
}
