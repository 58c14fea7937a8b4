import type { HostEndpoint } from '@lares/transport'
import type { DomainAttributes, DomainInputs } from './schema.ts'

/** Where a guest is reached as a host; undefined while it is off or has no address. */
export function endpointOf({ ssh, cloudInit, hostKey }: DomainInputs, attributes: DomainAttributes | undefined) {
  const address = ssh?.address ?? attributes?.ip
  if (!attributes?.running || address === undefined) return undefined
  const user = ssh?.user ?? cloudInit?.user ?? cloudInit?.users?.[0]?.name
  const key = hostKey ?? attributes.hostKey
  const endpoint: HostEndpoint = {
    address,
    ...(user === undefined ? {} : { user }),
    ...(ssh?.port === undefined ? {} : { port: ssh.port }),
    ...(ssh?.identityFiles === undefined ? {} : { identityFiles: ssh.identityFiles }),
    ...(key === undefined ? {} : { hostKey: key }),
  }
  return endpoint
}
