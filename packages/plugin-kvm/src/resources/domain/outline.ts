import { type Change, isUnknown, type OutlineContext } from '@lares/core'
import type { DomainInputs } from './schema.ts'
import { imageName, namedDisks, namedInterfaces, nameOf, volumeName } from './wanted.ts'

/** What a new guest is made of: its size, the volumes that are made with it, and where it is plugged in. */
export function outlineDomain({ desired, owner }: OutlineContext<DomainInputs>): Change[] {
  const { vcpus, memory, disks, interfaces } = desired
  const made = (path: string, after: unknown): Change => ({ path, after, effect: 'live', cause: 'changed' })
  return [
    made('name', nameOf(desired, owner)),
    made('vcpus', vcpus),
    made('memory', memory),
    ...(isUnknown(disks) ? [] : namedDisks(disks)).map(({ name, ...disk }) => {
      const { path, pool, size, image, format = 'qcow2', device } = disk
      const isMade = path === undefined && device === 'disk'
      const volume = isMade && [pool, volumeName(owner, name, `.${format}`)]
      const source = image === undefined || isUnknown(image) ? undefined : `from ${imageName(image)}`
      return made(`disks.${name}`, words(volume ? volume.filter(isText).join('/') : path, size, source))
    }),
    ...(isUnknown(interfaces) ? [] : namedInterfaces(interfaces, owner)).map(
      ({ name, network, bridge, macvtap, address, mac }) =>
        made(`interfaces.${name}`, words(network ?? bridge ?? macvtap, address, mac)),
    ),
  ]
}

const isText = (value: unknown): value is string | number => typeof value === 'string' || typeof value === 'number'

/** What is known of it; the rest is known later. */
const words = (...parts: unknown[]): string => parts.filter(isText).join(', ')
