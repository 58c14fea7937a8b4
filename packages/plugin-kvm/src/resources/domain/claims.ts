import type { Claim } from '@lares/core'
import type { DomainInputs } from './schema.ts'

/** What only one guest of a hypervisor, or of the lab, may have. */
export function claimsOf({
  name,
  interfaces = [],
  graphics = [],
  disks = [],
  hostDevices,
  ssh,
}: DomainInputs): Claim[] {
  const claim = (kind: string, scope: Claim['scope'], keys: readonly (string | number | undefined)[]): Claim[] =>
    keys.flatMap((key) => (key === undefined ? [] : [{ kind, scope, key: String(key) }]))
  return [
    ...claim('guest', 'connection', [name]),
    ...claim(
      'MAC address',
      'lab',
      interfaces.map(({ mac }) => mac),
    ),
    ...claim('IP address', 'lab', [...new Set([...interfaces.map(({ address }) => address), ssh?.address])]),
    ...claim(
      'port',
      'connection',
      graphics.map(({ port }) => port && `${port}/tcp`),
    ),
    ...claim(
      'disk',
      'connection',
      disks.filter(({ device }) => device === 'disk').map(({ path }) => path),
    ),
    ...claim('PCI device', 'connection', hostDevices?.pci ?? []),
  ]
}
