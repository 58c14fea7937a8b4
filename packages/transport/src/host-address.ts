import type { Host } from './host.ts'

/** Shell, for `ask`; prints one line: the address that the host was reached under, or its first one. sudo keeps it from what it starts. */
export const ADDRESS = `
process=$$ connection=$SSH_CONNECTION
while [ -z "$connection" ] && [ "$process" -gt 1 ]; do
  connection=$(tr '\\0' '\\n' < "/proc/$process/environ" 2> /dev/null | sed -n 's/^SSH_CONNECTION=//p')
  process=$(sed -n 's/^PPid:[^0-9]*//p' "/proc/$process/status" 2> /dev/null)
  process=\${process:-0}
done
address=$(set -- $connection; echo "$3")
[ -n "$address" ] || address=$(ip -o addr show scope global 2> /dev/null | awk '{ sub("/.*", "", $4); print $4; exit }')
printf '%s\\n' "$address"
`

/** The address that a host was reached under, or its first one; undefined when it has none but loopback. Rejects with a HostError. */
export async function hostAddress(host: Host, signal?: AbortSignal): Promise<string | undefined> {
  const { stdout } = await host.ask(ADDRESS, { signal })
  return stdout.trim() || undefined
}
