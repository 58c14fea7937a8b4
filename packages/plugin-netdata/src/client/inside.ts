import { type Host, isHostError } from '@lares/transport'
import type { AgentPlace } from './installation.ts'

/** The folder of netdata.conf as the agent itself sees it. */
export const configInside = ({ container, config }: AgentPlace): string =>
  container === undefined ? config : '/etc/netdata'

/** A script with its arguments, to be run where the agent runs: on the host, or in its container. */
export function whereItRuns({ container }: AgentPlace, script: string, args: readonly string[]): [string, string[]] {
  return container === undefined
    ? [script, [...args]]
    : [
        'container=$1 script=$2; shift 2; exec docker exec "$container" sh -c "$script" sh "$@"',
        [container, script, ...args],
      ]
}

/** Gives a file to the agent and nobody else; made when it is missing, before a secret is put into it. `$1` file, `$2` group. */
const GUARD = `set -e
mkdir -p "\${1%/*}"
[ -e "$1" ] || ( umask 077; set -C; : > "$1" ) 2> /dev/null || [ -e "$1" ]
chgrp "$2" "$1"
chmod 640 "$1"
`

export async function guardFile(host: Host, path: string, group: number, signal?: AbortSignal): Promise<void> {
  await host.script(GUARD, { args: [path, String(group)], signal })
}

/** Undefined where there is no such file. */
export async function readText(host: Host, path: string, signal?: AbortSignal): Promise<string | undefined> {
  try {
    return Buffer.from(await host.readFile(path, { signal })).toString()
  } catch (error) {
    if (isHostError(error, 'not_found')) return undefined
    throw error
  }
}
