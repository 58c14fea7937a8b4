import { type Host, HostError, isHostError } from '@lares/transport'
import { openrc } from './units/openrc.ts'
import { systemd } from './units/systemd.ts'

/** What runs programs in the background on a host. */
export type InitSystem = 'systemd' | 'openrc'

/** A program that runs in the background, as the host's init system knows it. */
export interface UnitState {
  /** There is such a unit. */
  present: boolean
  running: boolean
  /** It starts with the host; units that nothing can enable count as what is wanted of them. */
  enabled: boolean | 'fixed'
  masked: boolean
  /** In the init system's own words: `active (running)`. */
  state: string
}

/** What is done to a unit. */
export type UnitVerb = 'start' | 'stop' | 'restart' | 'reload' | 'enable' | 'disable' | 'mask' | 'unmask'

/** What Lares needs of an init system. */
export interface InitDriver {
  /** A script that prints the state of the units that are its arguments. */
  readonly query: string
  /** In the order of the names. */
  parse(names: readonly string[], stdout: string): UnitState[]
  /** A script of `$1`, a unit. */
  command(verb: UnitVerb): string
  /** A script that prints the last `$2` lines that the unit `$1` has logged. */
  readonly log: string
  /** A script that prints the names of the enabled units. */
  readonly list: string
}

const drivers: Record<InitSystem, InitDriver> = { systemd, openrc }

const DETECT = `
if [ -d /run/systemd/system ]; then init=systemd
elif command -v rc-service >/dev/null 2>&1; then init=openrc
else init=none; fi
echo "$init"
case $init in`

const byInit = (part: 'query' | 'list'): string =>
  `${DETECT}\n${Object.entries(drivers)
    .map(([name, driver]) => `${name})\n${driver[part]}\n;;`)
    .join('\n')}\nesac`

function split(host: Host, stdout: string): { init: InitSystem; rest: string } {
  const end = stdout.indexOf('\n')
  const init = stdout.slice(0, end)
  if (init in drivers) return { init: init as InitSystem, rest: stdout.slice(end + 1) }
  throw new HostError('command_failed', `${host.description} runs neither systemd nor OpenRC`, {
    advice: 'Start the program with host.command, or as a container.',
  })
}

/** Looks at many units in one round trip, in the order of the names. */
export async function readUnits(
  host: Host,
  names: readonly string[],
  signal?: AbortSignal,
): Promise<{ init: InitSystem; units: UnitState[] }> {
  const { stdout } = await host.ask(byInit('query'), { args: names, timeout: 30_000, signal })
  const { init, rest } = split(host, stdout)
  return { init, units: drivers[init].parse(names, rest) }
}

/** Names of the units that start with the host. */
export async function listUnits(host: Host, signal?: AbortSignal): Promise<string[]> {
  const { stdout } = await host.ask(byInit('list'), { timeout: 30_000, signal })
  return split(host, stdout)
    .rest.split('\n')
    .filter((line) => line !== '')
}

/** Does one thing to a unit. Rejects with a HostError whose detail is what the unit logged last. */
export async function actOnUnit(
  host: Host,
  init: InitSystem,
  name: string,
  verb: UnitVerb,
  signal?: AbortSignal,
): Promise<void> {
  try {
    await host.script(drivers[init].command(verb), { args: [name], signal, timeout: 0 })
  } catch (error) {
    if (!isHostError(error, 'command_failed')) throw error
    const log = await readLog(host, init, name, 15, signal).catch(() => '')
    throw new HostError('command_failed', `${host.description}: ${name} did not ${verb}`, {
      detail: [error.detail, log].filter(Boolean).join('\n'),
      cause: error,
    })
  }
}

/** The last lines that a unit has logged. */
export async function readLog(
  host: Host,
  init: InitSystem,
  name: string,
  lines: number,
  signal?: AbortSignal,
): Promise<string> {
  const { stdout } = await host.ask(drivers[init].log, { args: [name, String(lines)], timeout: 15_000, signal })
  return stdout.trim()
}
