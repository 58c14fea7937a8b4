import { editFile, HostError } from '@lares/transport'
import type { NetdataAgent } from './agent.ts'
import type { CollectorJob } from './formats/collector/job-files.ts'
import { type Orchestrator, otherJobs, withJob, withoutJob } from './formats/collector/job-files.ts'
import { isSwitchedOn, type SwitchFiles, withoutSwitch, withSwitch } from './formats/collector/module-switch.ts'
import { hasBlocks } from './formats/marked-block.ts'
import { configInside, guardFile, whereItRuns } from './inside.ts'

/** What an agent has to collect with, and where a mark is in its files. */
export interface CollectorFiles {
  readonly orchestrators: readonly Orchestrator[]
  /** Modules of python.d; go.d has all of them in one program. */
  readonly pythonModules: ReadonlyMap<string, { readonly isOff: boolean }>
  readonly switches: Readonly<Record<Orchestrator, SwitchFiles>>
  /** The file that has the mark. */
  readonly marked: { readonly orchestrator: Orchestrator; readonly module: string; readonly text: string } | undefined
  /** Number of the group that the agent is in. */
  readonly group: number
}

/** Sets stock, the folder of what the packages brought. */
const STOCK = `stock=/usr/lib/netdata/conf.d
for root in /opt/netdata/usr /usr; do
  for folder in lib libexec; do
    [ -d "$root/$folder/netdata/plugins.d" ] && plugins=$root/$folder/netdata/plugins.d
    [ -d "$root/$folder/netdata/conf.d" ] && stock=$root/$folder/netdata/conf.d
  done
  [ -z "\${plugins:-}" ] || break
done
`

/** `$1` the configuration, `$2` the first line of a block. */
const READ = `${STOCK}
file() { [ ! -f "$2" ] || printf '%s %s\\n' "$1" "$(base64 < "$2" | tr -d '\\n')"; }
printf 'group %s\\n' "$(id -g netdata 2> /dev/null || echo 0)"
for one in go.d python.d; do
  [ ! -x "\${plugins:-}/$one.plugin" ] || printf 'orchestrator %s\\n' "$one"
  file "user $one" "$1/$one.conf"
  file "stock $one" "$stock/$one.conf"
  for file in "$1/$one"/*.conf; do
    [ -f "$file" ] || continue
    if awk -v b="$2" '{ sub(/^ +/, "") } $0 == b { found = 1 } END { exit !found }' "$file"; then
      name=\${file##*/}
      file "marked $one \${name%.conf}" "$file"
    fi
  done
done
for file in "\${plugins:-}"/../python.d/*.chart.py; do
  [ -f "$file" ] || continue
  name=\${file##*/} off=
  ! grep -q '^disabled_by_default = True' "$file" || off=off
  printf 'module %s %s\\n' "\${name%.chart.py}" "$off"
done
`

export async function readCollectors(agent: NetdataAgent, mark: string, signal?: AbortSignal): Promise<CollectorFiles> {
  const { host, place } = agent
  const [script, args] = whereItRuns(place, READ, [configInside(place), `# BEGIN lares: ${mark}`])
  const { stdout, stderr, exitCode } = await host.ask(script, { args, signal })
  if (exitCode !== 0)
    throw new HostError('command_failed', `${host.description}: collectors can't be read`, { detail: stderr })
  const lines = stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.split(' '))
  const of = (...words: string[]) => lines.filter((line) => words.every((word, i) => line[i] === word))
  const textAt = (line: string[] | undefined, at: number) => line && Buffer.from(line[at] ?? '', 'base64').toString()
  const switchOf = (one: Orchestrator): SwitchFiles => ({
    user: textAt(of('user', one)[0], 2),
    stock: textAt(of('stock', one)[0], 2),
  })
  const [, orchestrator, module] = of('marked')[0] ?? []
  return {
    orchestrators: of('orchestrator').map(([, name]) => name as Orchestrator),
    pythonModules: new Map(of('module').map(([, name, off]) => [name!, { isOff: off === 'off' }])),
    switches: { 'go.d': switchOf('go.d'), 'python.d': switchOf('python.d') },
    marked: module
      ? { orchestrator: orchestrator as Orchestrator, module, text: textAt(of('marked')[0], 3)! }
      : undefined,
    group: Number(of('group')[0]?.[1] ?? 0),
  }
}

export const isModuleOn = (files: CollectorFiles, orchestrator: Orchestrator, module: string): boolean =>
  isSwitchedOn(orchestrator, module, files.switches[orchestrator], files.pythonModules.get(module)?.isOff)

export interface PlacedJob {
  readonly orchestrator: Orchestrator
  readonly module: string
  readonly job: CollectorJob
  /** Nobody but root and the agent may read it. */
  readonly isSecret: boolean
}

const fileOf = ({ place }: NetdataAgent, orchestrator: Orchestrator, module: string) =>
  `${place.config}/${orchestrator}/${module}.conf`

/**
 * Writes a job into the file of its module, and switches the module on. A file that is not there yet begins as a copy of
 * the one that the packages brought, which is not read any more once there is another.
 */
export async function saveJob(
  agent: NetdataAgent,
  files: CollectorFiles,
  mark: string,
  { orchestrator, module, job, isSecret }: PlacedJob,
  signal?: AbortSignal,
): Promise<void> {
  const { host } = agent
  const path = fileOf(agent, orchestrator, module)
  const stock = await readStock(agent, `${orchestrator}/${module}.conf`, signal)
  if (isSecret) await guardFile(host, path, files.group, signal)
  else await host.exec(['mkdir', '-p', `${agent.place.config}/${orchestrator}`], { signal })
  const refuse = (message: string, advice: string): never => {
    throw new HostError('io_failed', `${path} on ${host.description} is left as it is: ${message}`, { advice })
  }
  const edit = (text: string): string => {
    const before = text === '' ? stock : text
    try {
      if (otherJobs(before, orchestrator, mark).includes(job.name))
        refuse(`it has another job ${job.name}`, 'Give this one another "name", or remove the other by hand.')
      return withJob(before, orchestrator, mark, job)
    } catch (error) {
      if (error instanceof HostError) throw error
      return refuse((error as Error).message, 'Mend it by hand.')
    }
  }
  await editFile(host, path, edit, { signal })
  if (isModuleOn(files, orchestrator, module)) return
  const { stock: brought = '' } = files.switches[orchestrator]
  await editFile(
    host,
    `${agent.place.config}/${orchestrator}.conf`,
    (text) => {
      const before = text === '' && orchestrator === 'go.d' ? brought : text
      if (isSwitchedOn(orchestrator, module, { user: before, stock: brought }, files.pythonModules.get(module)?.isOff))
        return text
      return (
        withSwitch(before, orchestrator, module) ??
        refuse(`${orchestrator}.conf switches ${module} off`, `Remove that line of ${orchestrator}.conf.`)
      )
    },
    { signal },
  )
}

/** Takes a job out of a file, and what only it needed; what is then as the packages brought it goes. */
export async function dropJob(
  agent: NetdataAgent,
  { orchestrator, module }: { orchestrator: Orchestrator; module: string },
  mark: string,
  signal?: AbortSignal,
): Promise<void> {
  const { host, place } = agent
  const path = fileOf(agent, orchestrator, module)
  let isLast = false
  const edit = (text: string) => {
    const rest = withoutJob(text, orchestrator, mark)
    isLast = !hasBlocks(rest)
    return rest
  }
  await editFile(host, path, edit, { signal })
  if (!isLast) return
  const switches = `${place.config}/${orchestrator}.conf`
  await editFile(host, switches, (text) => withoutSwitch(text, orchestrator, module), { signal })
  await dropCopy(agent, path, await readStock(agent, `${orchestrator}/${module}.conf`, signal), signal)
  // What go.d reads in place of the stock file says the same now; python.d reads an empty one as none.
  const brought = orchestrator === 'go.d' ? await readStock(agent, `${orchestrator}.conf`, signal) : ''
  await dropCopy(agent, switches, brought, signal)
}

const dropCopy = ({ host }: NetdataAgent, path: string, stock: string, signal?: AbortSignal) =>
  host.script('! [ -f "$1" ] || ! printf %s "$STOCK" | cmp -s - "$1" || rm -f "$1"', {
    ...{ args: [path], env: { STOCK: stock }, signal },
  })

async function readStock({ host, place }: NetdataAgent, name: string, signal?: AbortSignal): Promise<string> {
  const [script, args] = whereItRuns(place, `${STOCK}[ ! -f "$stock/$1" ] || cat "$stock/$1"`, [name])
  return (await host.ask(script, { args, signal })).stdout
}
