import { didYouMean, fail } from './diagnostics.ts'

/** The addresses that a name stands for: that of a resource, and those of the parts of a composite. */
export const addressesNamed = (name: string, known: Iterable<string>): string[] =>
  [...known].filter((address) => address === name || address.startsWith(`${name}/`))

/**
 * The address that a name stands for, where it can be one only.
 * @throws LaresError `unknown_address`, or `several_addresses` for a composite of many parts
 */
export function addressNamed(name: string, known: readonly string[], where: string): string {
  const found = addressesNamed(name, known)
  if (found.length === 0) return unknownAddress(name, known, where)
  const [only = name] = found
  if (found.length === 1 || only === name) return only
  const summary = `"${name}" stands for several resources`
  return fail({ code: 'several_addresses', address: name, summary, advice: `Name one of them: ${found.join(', ')}.` })
}

/** @throws LaresError `unknown_address` */
export function unknownAddress(name: string, known: readonly string[], where: string): never {
  const summary = `There is no resource "${name}" in ${where}`
  return fail({ code: 'unknown_address', summary, ...didYouMean(name, namesOf(known)) })
}

/** What a user may call these: by their addresses, and the parts of a composite together by its name. */
export const namesOf = (addresses: readonly string[]): string[] => [
  ...new Set(addresses.flatMap((address) => [address.split('/')[0]!, address])),
]

/** The address of what has the data of that name, `plex-vm` for `plex-vm/disks/data`. */
export function dataHolder(name: string, known: { has(address: string): boolean }): string | undefined {
  for (let address = name; ; address = address.slice(0, address.lastIndexOf('/'))) {
    if (known.has(address)) return address
    if (!address.includes('/')) return undefined
  }
}
