import { addressesNamed, dataHolder, namesOf } from './addresses.ts'
import { type Diagnostic, didYouMean, problem, warning } from './diagnostics.ts'
import { reachable, reverse } from './graph.ts'
import type { Model } from './model.ts'
import type { Observation } from './observe.ts'
import type { PlanOptions } from './reconcile.ts'
import type { State } from './state.ts'
import { addressFinder, recordsOf, type Subject } from './subject.ts'

/** The same with the addresses of parts in place of the name of their composite. */
export function withParts(options: PlanOptions, known: readonly string[]): PlanOptions {
  const meant = (names: readonly string[] = []) =>
    names.flatMap((name) => {
      const found = addressesNamed(name, known)
      return found.length > 0 ? found : [name]
    })
  return {
    ...options,
    targets: meant(options.targets),
    exclude: meant(options.exclude),
    replace: meant(options.replace),
    adopt: meant(options.adopt),
    allowDataLoss: meant(options.allowDataLoss),
  }
}

/** The addresses that `--target` and `--exclude` leave. */
export function selectSubjects(
  model: Model,
  subjects: ReadonlyMap<string, Subject>,
  { targets, exclude, mode }: PlanOptions,
): Set<string> {
  if (!targets?.length && !exclude?.length) return new Set(subjects.keys())
  const nowOf = addressFinder(subjects)
  const recordedEdges = (address: string): readonly string[] => {
    const subject = subjects.get(address)
    return subject ? recordsOf(subject).flatMap(({ dependencies }) => dependencies.map(nowOf)) : []
  }
  const edgesOf = (address: string) => subjects.get(address)?.resource?.dependencies ?? recordedEdges(address)
  const dependents = reverse(subjects.keys(), (address) => [...edgesOf(address), ...recordedEdges(address)])
  // What goes takes with it what needs it; what comes brings what it needs.
  const goes = (address: string) => mode === 'destroy' || !model.resources.has(address)
  const selected = targets?.length
    ? new Set([
        ...reachable(
          targets.filter((address) => !goes(address)),
          edgesOf,
        ),
        ...reachable(targets.filter(goes), dependents),
      ])
    : new Set(subjects.keys())
  if (exclude?.length) {
    const out = new Set([
      ...reachable(
        exclude.filter((address) => !goes(address)),
        dependents,
      ),
      ...[...reachable(exclude, recordedEdges)].filter(goes),
    ])
    for (const address of out) selected.delete(address)
  }
  return selected
}

/** What is wrong with the addresses that a plan is asked about, and with names that something kept has. */
export function checkNames(subjects: ReadonlyMap<string, Subject>, state: State, options: PlanOptions): Diagnostic[] {
  const diagnostics: Diagnostic[] = []
  const { targets = [], exclude = [], replace = [], adopt = [], allowDataLoss = [] } = options
  for (const address of new Set([...targets, ...exclude, ...replace, ...adopt])) {
    if (subjects.has(address)) continue
    const summary = `There is no resource "${address}" in the config or the state`
    diagnostics.push(
      problem({ code: 'unknown_address', summary, ...didYouMean(address, namesOf([...subjects.keys()])) }),
    )
  }
  for (const name of allowDataLoss) {
    if (dataHolder(name, subjects) === undefined)
      diagnostics.push(
        warning({
          code: 'unknown_address',
          summary: `--allow-data-loss names "${name}", which is nothing of this lab`,
        }),
      )
  }
  for (const { address, resource, record, kept } of subjects.values()) {
    const other = state.kept[address]
    if (resource && !kept && other && !record) {
      diagnostics.push(
        problem({
          code: 'name_is_kept',
          address,
          summary: `"${address}" is the name of a kept ${other.type}`,
          advice: `Rename the new resource, or drop the kept one: lares state forget ${address}`,
        }),
      )
    }
  }
  return diagnostics
}

/** Another machine behind the endpoint of one that we know stops everything. */
export function checkMachines(
  subjects: ReadonlyMap<string, Subject>,
  observations: ReadonlyMap<string, Observation>,
  isReplaced: (address: string) => boolean,
): Diagnostic[] {
  const changed = new Map<string, string[]>()
  for (const { address, record, resource } of subjects.values()) {
    const seen = observations.get(address)
    if (!record?.scope || !seen?.scope || seen.scope === record.scope || seen.former) continue
    const on = resource ? resource.on : record.on
    if (on !== record.on || (on !== undefined && isReplaced(on)) || record.pending) continue
    changed.set(on ?? '', [...(changed.get(on ?? '') ?? []), address])
  }
  return [...changed].map(([on, addresses]) =>
    problem({
      code: 'machine_changed',
      ...(on === '' ? {} : { address: on }),
      summary: `Behind ${on === '' ? 'this machine' : `"${on}"`} there is another machine than before`,
      detail: `recorded on the former one: ${addresses.slice(0, 10).join(', ')}${addresses.length > 10 ? ', …' : ''}`,
      advice: `${on === '' ? 'Run Lares on the former machine' : `Point "${on}" at the right machine`} again. If the old one is gone for good: lares state forget ${addresses.slice(0, 10).join(' ')}`,
    }),
  )
}
