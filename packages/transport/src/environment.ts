import { homedir, userInfo } from 'node:os'

/** What SSH takes from the login session of the person who runs it. */
export interface Environment {
  /** Home directory: `~/.ssh/config`, keys and known_hosts are looked for here. */
  readonly home: string
  /** Login name, the default user on other machines. */
  readonly user: string
  /** Socket of the SSH agent. */
  readonly agentSocket?: string | undefined
  /** Client configuration files, the first one wins. Default: `~/.ssh/config` and `/etc/ssh/ssh_config`. */
  readonly configFiles?: readonly string[] | undefined
  /** Known hosts of the whole machine, beside the user's. Default: `/etc/ssh/ssh_known_hosts`. */
  readonly globalKnownHostsFiles?: readonly string[] | undefined
}

/** The session of this process; the one place of this package that looks at it. */
export function currentEnvironment(): Environment {
  return { home: homedir(), user: userInfo().username, agentSocket: process.env.SSH_AUTH_SOCK }
}
