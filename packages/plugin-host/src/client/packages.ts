import { type Host, HostError, isHostError } from '@lares/transport'
import { apk } from './packages/apk.ts'
import { apt } from './packages/apt.ts'
import { dnf } from './packages/dnf.ts'
import type { PackageDriver, PackageState, Transaction } from './packages/driver.ts'
import { pacman } from './packages/pacman.ts'
import { zypper } from './packages/zypper.ts'

export type { PackageState, Transaction, WantedPackage } from './packages/driver.ts'

const drivers = { apt, dnf, zypper, apk, pacman } satisfies Record<string, PackageDriver>

/** A package system. */
export type PackageManager = keyof typeof drivers
export const packageManagers = Object.keys(drivers) as [PackageManager, ...PackageManager[]]

/** Which packages Lares installed for whom: `lab/address name`, one a line. */
const LEDGER = '/var/lib/lares/packages'

const programs: Record<PackageManager, string> = {
  apt: 'apt-get',
  dnf: 'dnf',
  zypper: 'zypper',
  apk: 'apk',
  pacman: 'pacman',
}

function queryOf(manager: PackageManager | undefined, candidates: boolean): string {
  const some = manager ? [manager] : packageManagers
  const branches = some.map(
    (name, index) =>
      `${index === 0 ? 'if' : 'elif'} command -v ${programs[name]} >/dev/null 2>&1; then\nledger=; [ ! -r ${LEDGER} ] || ledger=$(cat ${LEDGER})\nprintf '%s\\n' ${name} "$ledger" ==ledger==\n${drivers[name].query(candidates)}`,
  )
  return `${branches.join('\n')}\nelse echo none; fi`
}

export interface PackageQuestions {
  /** Newer versions are asked for, which takes longer. */
  candidates?: boolean
  /** The one to ask; found out when absent. */
  manager?: PackageManager | undefined
  signal?: AbortSignal | undefined
}

export interface Packages {
  manager: PackageManager
  states: Map<string, PackageState>
  /** Names of the packages that Lares installed, by `lab/address`. */
  made: Map<string, string[]>
}

/** Looks at many packages in one round trip. Rejects with a HostError. */
export async function readPackages(
  host: Host,
  names: readonly string[],
  { candidates = false, manager, signal }: PackageQuestions = {},
): Promise<Packages> {
  const script = queryOf(manager, candidates)
  const { stdout } = await host.ask(script, { args: names, timeout: 60_000, signal })
  const end = stdout.indexOf('\n')
  const found = stdout.slice(0, end)
  if (!(found in drivers))
    throw new HostError('command_failed', `${host.description} has no ${manager ?? packageManagers.join(', ')}`, {
      advice: 'Install by host.command, or run the program as a container.',
    })
  const [ledger = '', rest = ''] = stdout.slice(end + 1).split('==ledger==\n')
  const lines = ledger.split('\n').map((line) => line.split(' '))
  const entries = lines.flatMap(([owner, name]) => (owner && name ? [[owner, name] as const] : []))
  const made = new Map(
    [...Map.groupBy(entries, ([owner]) => owner)].map(([owner, list]) => [owner, list.map(([, name]) => name)]),
  )
  return { manager: found as PackageManager, states: drivers[found as PackageManager].parse(names, rest), made }
}

/** `keep ADD DROP` changes the ledger; names are one a line. */
const KEEP_LEDGER = `keep() (
  set -eu
  umask 022
  file=${LEDGER}
  mkdir -p "\${file%/*}"
  exec 9>"$file.lock"
  ! command -v flock >/dev/null 2>&1 || flock -w 60 9
  [ -e "$file" ] || : > "$file"
  { grep -vxF -- "\${2:- }" "$file" || [ $? = 1 ]; printf '%s\\n' "$1"; } | sed '/^$/d' | sort -u > "$file.new"
  sync "$file.new" 2>/dev/null || sync
  mv "$file.new" "$file"
)
`

/** Whether an installed version is the one that a config asks for, as this package system counts. */
export const isVersion = (manager: PackageManager, installed: string, wanted: string): boolean =>
  drivers[manager].matches(installed, wanted)

/** What is to be remembered of a transaction: `lab/address name` each. */
export interface LedgerChange {
  add: readonly string[]
  drop: readonly string[]
}

/**
 * Installs and removes as one transaction, and remembers what was installed: before it happens, because a run may be killed.
 * Resolves with what went wrong all the same, such as a script of a package that failed. Rejects with a HostError whose detail is what
 * the package system said.
 */
export async function changePackages(
  host: Host,
  manager: PackageManager,
  transaction: Transaction,
  ledger: LedgerChange,
  signal?: AbortSignal,
): Promise<string[]> {
  const { holds, reason, transact } = drivers[manager]
  if (transaction.hold.length > 0 && !holds)
    throw new HostError('command_failed', `${host.description}: ${manager} can't hold packages`)
  // Between a removal and its entry there must be no time for somebody to install it again.
  const script = `${KEEP_LEDGER}{ [ -z "$1" ] || keep "$1" ''; } || exit\n(\n${transact(transaction)}\n) || exit
[ -z "$2" ] || keep '' "$2"`
  const args = [ledger.add.join('\n'), ledger.drop.join('\n')]
  // What did not come must not be taken for ours when somebody else installs it later.
  const forgetMissing = async () => {
    if (ledger.add.length === 0) return
    const nameOf = (mark: string) => mark.slice(mark.lastIndexOf(' ') + 1)
    const { states } = await readPackages(host, ledger.add.map(nameOf), { manager, signal })
    const missing = ledger.add.filter((mark) => states.get(nameOf(mark))?.version === undefined)
    if (missing.length > 0) await host.script(`${KEEP_LEDGER}keep '' "$1"`, { args: [missing.join('\n')], signal })
  }
  try {
    const { stdout } = await host.script(script, { args, signal, timeout: 0 })
    return stdout.split('\n').filter(Boolean)
  } catch (error) {
    if (!isHostError(error, 'command_failed')) throw error
    await forgetMissing().catch(() => {})
    const lines = error.detail.split('\n').filter((line) => line.trim() !== '')
    const said = (lines.findLast((line) => reason.test(line)) ?? lines.at(-1) ?? error.message).replace(/^[ -]+/, '')
    throw new HostError('command_failed', `${host.description}: ${manager} refused: ${said}`, {
      ...{ detail: error.detail, exitCode: error.exitCode, cause: error },
    })
  }
}
