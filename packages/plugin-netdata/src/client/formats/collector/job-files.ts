import { parse, parseDocument, stringify } from 'yaml'
import { blockIn, blockLines, linesOf, textOf, withBlock, withoutBlock } from '../marked-block.ts'

/** What runs modules: `go.d.plugin` and `python.d.plugin`, each with a folder of files of its own. */
export type Orchestrator = 'go.d' | 'python.d'

/** One job of a module: one thing that it collects from. */
export interface CollectorJob {
  readonly name: string
  readonly settings: Readonly<Record<string, unknown>>
}

/** Both read YAML 1.1, where `no` and `0o7` and `1:30` are no text. */
const yaml11 = { version: '1.1', lineWidth: 0 } as const

/** Our job, or undefined when the file has none of this mark; one that cannot be read has no name. */
export function jobIn(text: string, orchestrator: Orchestrator, mark: string): CollectorJob | undefined {
  const block = blockIn(text, mark)
  if (block === undefined) return undefined
  try {
    const tree: unknown = parse(block, yaml11)
    const [name, fields] = orchestrator === 'go.d' ? ['', (tree as object[])[0]] : Object.entries(tree as object)[0]!
    const { name: called = name, ...settings } = fields as Record<string, unknown>
    return { name: String(called), settings }
  } catch {
    return { name: '', settings: {} }
  }
}

/** Names of the jobs in the file that are not of this mark. Throws where it is no YAML. */
export function otherJobs(text: string, orchestrator: Orchestrator, mark: string): string[] {
  const document = parseDocument(withoutBlock(text, mark), { version: '1.1', uniqueKeys: false, prettyErrors: false })
  if (document.errors[0]) throw new Error(document.errors[0].message)
  const tree = (document.toJS() ?? {}) as Record<string, unknown>
  const named = (value: unknown) => (value as { name?: unknown } | null)?.name
  if (orchestrator === 'go.d') return Array.isArray(tree.jobs) ? tree.jobs.map((each) => String(named(each))) : []
  return Object.entries(tree).flatMap(([key, value]) =>
    typeof value === 'object' && value !== null
      ? [key, ...(named(value) === undefined ? [] : [String(named(value))])]
      : [],
  )
}

/** What modules of go.d measure less often than every ten seconds where nobody says how often: their `UpdateEvery`. */
const SLOW: Readonly<Record<string, number>> = { x509check: 60, whoisquery: 60 }

/** Seconds between two measurements of a job: its own, else those of its file, else those of its module. */
export function intervalOf({ settings }: CollectorJob, text: string, module: string): number {
  const ofFile = Number(/^update_every\s*:\s*(\d+)/m.exec(text)?.[1])
  const ofJob = Number(settings.update_every)
  return ofJob || ofFile || (SLOW[module] ?? 1)
}

const LIST = 'jobs: # lares'

/** The text with our job in it; everything else stays as it is. Throws where the list of jobs stands on one line. */
export function withJob(
  text: string,
  orchestrator: Orchestrator,
  mark: string,
  { name, settings }: CollectorJob,
): string {
  const fields = { name, ...settings }
  if (orchestrator === 'python.d') return withBlock(text, mark, stringify({ [name]: fields }, yaml11))
  const lines = linesOf(withoutBlock(text, mark))
  let at = lines.findIndex((line) => /^jobs:/.test(line))
  if (at < 0) at = lines.push(LIST) - 1
  else if (/^jobs:\s*(\[\s*\]|null|~)\s*$/.test(lines[at]!)) lines[at] = 'jobs:'
  else if (!/^jobs:\s*(#.*)?$/.test(lines[at]!)) throw new Error('Its list of jobs stands on one line')
  const next = lines.slice(at + 1).find((line) => /^\s*[^\s#]/.test(line))
  const indent = /^( *)- /.exec(next ?? '')?.[1] ?? '  '
  lines.splice(at + 1, 0, ...blockLines(stringify([fields], yaml11), mark, indent))
  return textOf(lines)
}

export function withoutJob(text: string, orchestrator: Orchestrator, mark: string): string {
  const rest = withoutBlock(text, mark)
  if (orchestrator === 'python.d') return rest
  const lines = linesOf(rest)
  const at = lines.indexOf(LIST)
  const next = lines.slice(at + 1).find((line) => /^\s*[^\s#]/.test(line))
  return at < 0 || /^\s*- /.test(next ?? '') ? rest : textOf(lines.toSpliced(at, 1))
}
