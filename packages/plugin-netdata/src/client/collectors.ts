import { HostError } from '@lares/transport'
import type { NetdataAgent } from './agent.ts'
import { type CollectorJob, intervalOf, jobIn, type Orchestrator } from './formats/collector/job-files.ts'
import { isSwitchedOn, type SwitchFiles } from './formats/collector/module-switch.ts'
import { blockCount } from './formats/marked-block.ts'
import { configInside, whereItRuns } from './inside.ts'
import { type JobPlace, noteName, parseNote } from './unfinished-jobs.ts'

/** What an agent has to collect with, and the files in which resources have jobs. */
export interface CollectorFiles {
  readonly orchestrators: readonly Orchestrator[]
  /** Modules of python.d; go.d has all of them in one program. */
  readonly pythonModules: ReadonlyMap<string, { readonly isOff: boolean }>
  readonly switches: Readonly<Record<Orchestrator, SwitchFiles>>
  readonly marked: readonly { readonly orchestrator: Orchestrator; readonly module: string; readonly text: string }[]
  /** By the name of its note: the places of a job whose change was cut short. */
  readonly unfinished: ReadonlyMap<string, readonly JobPlace[]>
  /** Number of the group that the agent is in. */
  readonly group: number
}

/** Sets stock, the folder of what the packages brought. */
export const STOCK = `stock=/usr/lib/netdata/conf.d
for root in /opt/netdata/usr /usr; do
  for folder in lib libexec; do
    [ -d "$root/$folder/netdata/plugins.d" ] && plugins=$root/$folder/netdata/plugins.d
    [ -d "$root/$folder/netdata/conf.d" ] && stock=$root/$folder/netdata/conf.d
  done
  [ -z "\${plugins:-}" ] || break
done
`

/** `$1` the configuration. */
const READ = `${STOCK}
file() { [ ! -f "$2" ] || printf '%s %s\\n' "$1" "$(base64 < "$2" | tr -d '\\n')"; }
printf 'group %s\\n' "$(id -g netdata 2> /dev/null || echo 0)"
for one in go.d python.d; do
  [ ! -x "\${plugins:-}/$one.plugin" ] || printf 'orchestrator %s\\n' "$one"
  file "user $one" "$1/$one.conf"
  file "stock $one" "$stock/$one.conf"
  for file in $(grep -ls '^ *# BEGIN lares: ' "$1/$one"/*.conf); do
    name=\${file##*/}
    file "marked $one \${name%.conf}" "$file"
  done
done
for file in "$1/${noteName('')}"*; do file "note \${file##*/}" "$file"; done
cd "\${plugins:-/}/../python.d" 2> /dev/null || exit 0
# One grep for all: each takes as long as all the rest.
off=$(grep -ls '^disabled_by_default = True' *.chart.py)
for name in *.chart.py; do
  case "
$off
" in *"
$name
"*) printf 'module %s off\\n' "\${name%.chart.py}";; *) printf 'module %s \\n' "\${name%.chart.py}";; esac
done
`

export async function readCollectors(agent: NetdataAgent, signal?: AbortSignal): Promise<CollectorFiles> {
  const { host, place } = agent
  const [script, args] = whereItRuns(place, READ, [configInside(place)])
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
  return {
    orchestrators: of('orchestrator').map(([, name]) => name as Orchestrator),
    pythonModules: new Map(of('module').map(([, name, off]) => [name!, { isOff: off === 'off' }])),
    switches: { 'go.d': switchOf('go.d'), 'python.d': switchOf('python.d') },
    marked: of('marked').map((line) => ({
      ...{ orchestrator: line[1] as Orchestrator, module: line[2]! },
      text: textAt(line, 3)!,
    })),
    unfinished: new Map(of('note').map((line) => [line[1]!, parseNote(textAt(line, 2)!)])),
    group: Number(of('group')[0]?.[1] ?? 0),
  }
}

export const isModuleOn = (files: CollectorFiles, orchestrator: Orchestrator, module: string): boolean =>
  isSwitchedOn(orchestrator, module, files.switches[orchestrator], files.pythonModules.get(module)?.isOff)

export interface FoundJob extends JobPlace {
  /** Undefined where only a note tells of it. */
  readonly job: CollectorJob | undefined
  /** Seconds between two measurements. */
  readonly every: number
  /** No other file has it, and what collects has read it since it became what it is. */
  readonly isLoaded: boolean
}

/** The job of a mark; undefined where there is none, and none that is still collected. */
export function jobOfMark(files: CollectorFiles, mark: string): FoundJob | undefined {
  const found = files.marked.flatMap(({ orchestrator, module, text }) => {
    const job = jobIn(text, orchestrator, mark)
    if (!job) return []
    const every = intervalOf(job, text, module)
    return [{ orchestrator, module, name: job.name, job, every, blocks: blockCount(text, mark) }]
  })
  const unfinished = files.unfinished.get(noteName(mark))
  const [first] = found
  if (!first) return unfinished?.[0] && { ...unfinished[0], job: undefined, every: 1, isLoaded: false }
  const { blocks, ...place } = first
  return { ...place, isLoaded: unfinished === undefined && found.length === 1 && blocks === 1 }
}
