import { composeHost } from './compose-host.ts'
import type { Host } from './host.ts'
import { localFiles } from './local-files.ts'
import { localLink } from './local-link.ts'

/** This machine as a host. */
export function localHost(): Host {
  return composeHost(localLink(), localFiles)
}
