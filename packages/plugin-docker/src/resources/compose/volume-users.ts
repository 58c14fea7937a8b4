import type { ContainerPart, Parts } from '../../compose/translate/parts.ts'
import { isDone } from '../container/diff.ts'
import type { Found, FoundContainer } from './found.ts'

/** Names of the volumes that a container is to have. */
export const volumesOf = ({ options }: ContainerPart): string[] =>
  (options.mounts ?? []).flatMap((mount) =>
    typeof mount === 'object' && mount.type === 'volume' ? (mount.source ?? []) : [],
  )

const usersOf = (volume: string, { services }: Parts): string[] =>
  services
    .filter(({ containers }) => containers.some((part) => volumesOf(part).includes(volume)))
    .map(({ name }) => name)

/** Services that lose what they have had: not those that only get one more volume. */
export const emptied = (volume: string, isNew: boolean, parts: Parts, found: Found): string[] =>
  usersOf(volume, parts).filter((service) => {
    const there = found.containers.filter((one) => one.service === service)
    if (!isNew || there.length === 0) return true
    const { containers } = parts.services.find(({ name }) => name === service)!
    const targets = new Set(containers.flatMap((part) => targetsOf(part, volume)))
    return there.some(({ inspect: { Mounts } }) =>
      Mounts.some(({ Name, Destination }) => Name === volume || targets.has(Destination)),
    )
  })

const targetsOf = ({ options: { mounts = [] } }: ContainerPart, volume: string): string[] =>
  mounts.flatMap((mount) => (typeof mount === 'object' && mount.source === volume ? [mount.target] : []))

/** One that has done what it was for. */
export const isOver = ({ inspect: { State: state, HostConfig: host } }: FoundContainer): boolean =>
  isDone(host.RestartPolicy?.Name || 'no', { state: state.Status, exitCode: state.ExitCode })

/** Containers that are gone with the data of a volume: those that use it, and those that have done something to it. */
export function lostWith(volume: string, parts: Parts, { containers }: Found): FoundContainer[] {
  const users = usersOf(volume, parts)
  const depends = new Map(parts.services.map(({ name, dependsOn }) => [name, Object.keys(dependsOn)]))
  return containers.filter(
    (one) =>
      one.inspect.Mounts.some(({ Name }) => Name === volume) ||
      (isOver(one) && depends.get(one.service)?.some((other) => users.includes(other))),
  )
}
