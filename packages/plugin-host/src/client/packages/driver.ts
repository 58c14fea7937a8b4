/** A package as the host's package system knows it. */
export interface PackageState {
  /** Absent where it is not installed, or only half. */
  version?: string
  /** The newest version that the package lists offer, where that was asked for. */
  candidate?: string
  /** It is held back from upgrades. */
  held: boolean
}

export interface WantedPackage {
  name: string
  /** Exactly this one, as the package system writes it, or a pattern with `*`. */
  version?: string | undefined
  /** The newest one that the package lists offer. */
  latest?: boolean | undefined
}

/** What is done in one go. */
export interface Transaction {
  install: WantedPackage[]
  remove: string[]
  hold: string[]
  release: string[]
}

/** What Lares needs of a package system: scripts to run, and how to read what they print. Words in scripts are quoted. */
export interface PackageDriver {
  /** A script that prints the state of the packages that are its arguments; \`candidates\` asks for newer versions as well. */
  query(candidates: boolean): string
  parse(names: readonly string[], stdout: string): Map<string, PackageState>
  /** A script that carries out all of it, and prints on stderr why it can't. */
  transact(transaction: Transaction): string
}

/** Sections of output, each after a line `== NAME`. */
export function sectionsOf(stdout: string): Map<string, string[]> {
  const sections = new Map<string, string[]>()
  let lines: string[] = []
  for (const line of stdout.split('\n')) {
    const name = /^== (\w+)$/.exec(line)?.[1]
    if (name !== undefined) {
      lines = []
      sections.set(name, lines)
    } else if (line !== '') lines.push(line)
  }
  return sections
}

/** The lines `NAME|VERSION` of a section. */
export const versionsIn = (lines: readonly string[] = []): Map<string, string> =>
  new Map(lines.map((line) => line.split('|', 2) as [string, string]))

/** What is known of each package, from versions by name. */
export function statesOf(
  names: readonly string[],
  installed: ReadonlyMap<string, string>,
  candidates: ReadonlyMap<string, string>,
  isHeld: (name: string) => boolean = () => false,
): Map<string, PackageState> {
  return new Map(
    names.map((name) => {
      const [version, candidate] = [installed.get(name), candidates.get(name)]
      return [name, { ...(version ? { version } : {}), ...(candidate ? { candidate } : {}), held: isHeld(name) }]
    }),
  )
}
