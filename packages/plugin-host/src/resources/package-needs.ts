import { isVersion, type PackageManager, type Transaction } from '../client/packages.ts'

/** What is known of some packages of a host. */
export interface KnownPackages {
  manager: PackageManager
  versions: Readonly<Record<string, string>>
  /** Those that Lares installed for who asks. */
  made: readonly string[]
  /** Those among them that are kept from being changed. */
  held: readonly string[]
  candidates?: Readonly<Record<string, string>> | undefined
}

/** What a config wants of them. */
export interface PackageWish {
  names: readonly string[]
  version?: string | undefined
  latest: boolean
  hold?: boolean | undefined
}

/**
 * What is to be done so that a wish comes true. Whoever holds a package back keeps it from `latest`, but not from a `version`; what this
 * wish itself holds is set free for as long as it takes.
 */
export function needsOf({ names, version, latest, hold }: PackageWish, known: KnownPackages): Transaction {
  const { manager, versions, made, held, candidates } = known
  const isNewer = (name: string) => candidates?.[name] !== undefined && candidates[name] !== versions[name]
  const install = names.filter((name) => {
    const installed = versions[name]
    if (installed === undefined) return true
    if (version !== undefined) return !isVersion(manager, installed, version)
    return latest && isNewer(name) && (hold !== undefined || !held.includes(name))
  })
  const remove = made.filter((name) => !names.includes(name))
  const moved = held.filter((name) => install.includes(name) || remove.includes(name))
  const release = hold === undefined ? [] : hold ? moved : [...held]
  return {
    install: install.map((name) => ({ name, version, latest })),
    remove,
    hold: hold === true ? names.filter((name) => !held.includes(name) || release.includes(name)) : [],
    release,
  }
}
