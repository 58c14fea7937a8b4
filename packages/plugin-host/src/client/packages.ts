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

/** `$1` what to add to the ledger and `$2` what to take out of it, one a line. */
const KEEP_LEDGER = `set -eu
umask 022
file=${LEDGER}
mkdir -p "\${file%/*}"
exec 9>"$file.lock"
! command -v flock >/dev/null 2>&1 || flock -w 60 9
[ -e "$file" ] || : > "$file"
{ grep -vxF "$2" "$file" || [ $? = 1 ]; printf '%s\\n' "$1"; } | sed '/^$/d' | sort -u > "$file.new"
sync "$file.new" 2>/dev/null || sync
mv "$file.new" "$file"
`

/** What is to be remembered of a transaction: `lab/address name` each. */
export interface LedgerChange {
  add: readonly string[]
  drop: readonly string[]
}

/**
 * Installs and removes as one transaction, and remembers what was installed: before it happens, because a run may be killed.
 * Rejects with a HostError whose detail is what the package system said.
 */
export async function changePackages(
  host: Host,
  manager: PackageManager,
  transaction: Transaction,
  ledger: LedgerChange,
  signal?: AbortSignal,
): Promise<void> {
  const keep = (add: readonly string[], drop: readonly string[]) =>
    host.script(KEEP_LEDGER, { args: [add.join('\n'), drop.join('\n') || ' '], signal })
  if (ledger.add.length > 0) await keep(ledger.add, [])
  try {
    await host.script(drivers[manager].transact(transaction), { signal, timeout: 0 })
  } catch (error) {
    if (!isHostError(error, 'command_failed')) throw error
    const said = error.detail.split('\n').findLast((line) => line.startsWith('E: ')) ?? error.detail.split('\n').at(-1)
    throw new HostError('command_failed', `${host.description}: ${manager} refused: ${said}`, {
      ...{ detail: error.detail, exitCode: error.exitCode, cause: error },
    })
  }
  if (ledger.drop.length > 0) await keep([], ledger.drop)
}
