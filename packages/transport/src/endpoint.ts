/** Where a host is and how to log in. What is left out comes from `~/.ssh/config`, then from OpenSSH's defaults. */
export interface HostEndpoint {
  /** Name, IP address or alias of `~/.ssh/config`. Without it, this machine; never undefined. */
  readonly address?: string
  readonly port?: number | undefined
  readonly user?: string | undefined
  /** Private key files, tried before the default ones. */
  readonly identityFiles?: readonly string[] | undefined
  /** Hosts to jump over, nearest first: `user@host:port`. An empty list means a direct connection. */
  readonly proxyJump?: readonly string[] | undefined
  /**
   * The host's key when it is known from elsewhere, as `ssh-ed25519 AAAA…` or `SHA256:…`; known_hosts is then not asked.
   */
  readonly hostKey?: string | undefined
  /** Milliseconds until an address that does not answer is `unreachable`; 10,000 by default. */
  readonly connectTimeout?: number | undefined
}
