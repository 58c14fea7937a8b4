import { quote } from '@lares/transport'

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

/** What is done in one go. What is in `release` and in `hold` is set free for as long as it takes. */
export interface Transaction {
  install: WantedPackage[]
  remove: string[]
  hold: string[]
  release: string[]
}

/** What Lares needs of a package system: scripts to run, and how to read what they print. Words in scripts are quoted. */
export interface PackageDriver {
  /** Whether it can keep a package from being changed. */
  holds: boolean
  /** The line of its words that says best why it refused. */
  reason: RegExp
  /** Whether an installed version is what was asked for. */
  matches(installed: string, wanted: string): boolean
  /** A script that prints the state of the packages that are its arguments; `candidates` asks for newer versions as well. */
  query(candidates: boolean): string
  parse(names: readonly string[], stdout: string): Map<string, PackageState>
  /**
   * A script that carries out all of it, or prints on stderr why it can't; on stdout, what went wrong all the same. It removes
   * nothing else, and waits five minutes for a lock.
   */
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

/** Whether a text is what a pattern says, where `*` stands for anything. */
export const matchesPattern = (text: string, pattern: string): boolean =>
  new RegExp(`^${pattern.replace(/[.+?^$()[\]{}|\\]/g, '\\$&').replaceAll('*', '.*')}$`).test(text)

/** The same, and what is asked for need not say which release or epoch: `1.22` is `1:1.22-4`. */
export function matchesVersion(installed: string, wanted: string): boolean {
  const release = wanted.includes('-') ? installed : installed.replace(/-[^-]*$/, '')
  const version = wanted.includes(':') ? release : release.replace(/^\d+:/, '')
  return [installed, version].some((each) => matchesPattern(each, wanted))
}

/** Patterns as a shell's `case` takes them. */
export const shellPatterns = (patterns: readonly string[]): string =>
  patterns.map((pattern) => pattern.split('*').map(quotePart).join('*')).join('|')

const quotePart = (part: string) => (part === '' ? '' : quote(part))

/** The first word that a shell command prints and one of the patterns fits, as a word of a shell; without one, the first pattern. */
export const firstOf = (command: string, patterns: readonly [string, ...string[]]): string =>
  `"$(for each in $(${command}) ${quote(patterns[0])}; do case $each in ${shellPatterns(patterns)}) echo "$each"; break;; esac; done)"`
