import { type Change, equal, isUnknown, UNKNOWN } from '@lares/core'
import type { Context } from './diff.ts'
import type { DomainAttributes } from './schema.ts'
import { type InterfaceInputs, interfaceName, namedInterfaces } from './wanted.ts'

type Interface = DomainAttributes['interfaces'][number]

/** What of an interface is compared; `live`: also changed while the guest runs. */
const settings: readonly [keyof InterfaceInputs & keyof Interface, live: boolean][] = [
  ['network', true],
  ['bridge', true],
  ['macvtap', false],
  ['model', false],
  ['vlan', true],
  ['mtu', false],
  ['link', true],
  ['isolated', false],
  ['bootOrder', false],
  ['address', true],
]

/** The interface of a guest that a declared one means: by its address, by its name, or the one at its place. */
export function pairInterfaces<T extends { name: string; mac: string }>(
  wanted: readonly T[],
  observed: readonly Interface[],
): (readonly [T, Interface | undefined])[] {
  const free = new Set(observed)
  const take = (is: (each: Interface) => boolean): Interface | undefined => {
    const found = [...free].find(is)
    if (found) free.delete(found)
    return found
  }
  const certain = wanted.map(({ name, mac }) => take((each) => each.mac === mac) ?? take((each) => each.name === name))
  return wanted.map((one, index) => [
    one,
    certain[index] ?? take((each) => each.name === undefined && each === observed[index]),
  ])
}

export function diffInterfaces({ set, desired, observed, recorded, owner }: Context): Change[] {
  const written = set['interfaces'] as readonly Partial<InterfaceInputs>[] | undefined
  if (written === undefined) return []
  if (isUnknown(written)) return [{ path: 'interfaces', after: UNKNOWN, effect: 'restart', cause: 'changed' }]
  const old = ((recorded?.['interfaces'] ?? []) as readonly Partial<InterfaceInputs>[]).map((each, index) => ({
    ...each,
    name: interfaceName(each, index),
  }))
  const pairs = pairInterfaces(namedInterfaces(desired.interfaces, owner), observed.interfaces)
  const changes = pairs.flatMap(([wanted, found], index): Change[] => {
    const path = `interfaces[${index}]`
    const place = wanted.network ?? wanted.bridge ?? wanted.macvtap ?? 'default'
    if (!found)
      return [
        {
          path,
          after: isUnknown(place) ? UNKNOWN : `${wanted.name}, ${place}`,
          action: 'create',
          effect: 'live',
          cause: recorded ? 'changed' : 'drifted',
        },
      ]
    const before = old.find(({ name }) => name === wanted.name)
    const said = { ...written[index] }
    const changed = settings.flatMap(([key, live]): Change[] => {
      const after = said[key]
      const seen = found[key]
      if (after === undefined || equal(after, seen)) return []
      return [
        {
          path: `${path}.${key}`,
          ...(seen === undefined ? {} : { before: seen }),
          after: isUnknown(after) ? UNKNOWN : after,
          effect: live ? 'live' : 'restart',
          cause: equal(before?.[key], after) ? 'drifted' : 'changed',
        },
      ]
    })
    if (said.mac !== undefined && said.mac !== found.mac)
      changed.push({ path: `${path}.mac`, before: found.mac, after: said.mac, effect: 'restart', cause: 'changed' })
    return changed
  })
  const kept = new Set(pairs.map(([, found]) => found))
  for (const each of observed.interfaces) {
    if (kept.has(each) || each.name === undefined) continue
    changes.push({
      path: `interfaces.${each.name}`,
      before: each.network ?? each.bridge ?? each.macvtap ?? each.mac,
      action: 'delete',
      effect: 'live',
      cause: 'changed',
    })
  }
  return changes
}
