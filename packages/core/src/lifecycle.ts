import { recordedClaims } from './claims.ts'
import { holderOf } from './decide.ts'
import { type Diagnostic, LaresError, problem, reworded, warning } from './diagnostics.ts'
import { startsWith } from './diff.ts'
import { reachable, reverse, topological } from './graph.ts'
import type { Observation } from './observe.ts'
import type { Plan, PlanNode } from './plan.ts'
import { type Attributes, validInputs } from './reading.ts'
import type { Reconciled, ReconcileInput, Work } from './reconcile.ts'
import { visitExpressions } from './ref.ts'
import { checkMachines, checkNames } from './select.ts'
import type { State } from './state.ts'
import { addressFinder, recordedAs, recordsOf, type Subject } from './subject.ts'
import { parsePath } from './value.ts'

type Recorded = Subject & { record: NonNullable<Subject['record']>; type: NonNullable<Subject['type']> }

/**
 * Plans a stop or a start of what is recorded: dependents before what they depend on, or after it. Pure. What cannot be
 * told yet, because it is on something that is off, is looked at when its turn comes.
 */
export function planLifecycle(input: ReconcileInput, mode: 'stop' | 'start'): Reconciled {
  const { model, state, subjects, observations, options, redactor } = input
  const diagnostics: Diagnostic[] = checkNames(subjects, state, options)
  if (diagnostics.some(({ severity }) => severity === 'error')) throw new LaresError(diagnostics)
  const nowOf = addressFinder(subjects)
  const recorded = new Map([...subjects].filter((entry): entry is [string, Recorded] => isRecorded(entry[1])))
  const edgesOf = (address: string): string[] => {
    const subject = recorded.get(address)
    return subject ? [...new Set(recordsOf(subject).flatMap(({ dependencies }) => dependencies.map(nowOf)))] : []
  }
  const dependentsOf = reverse(recorded.keys(), edgesOf)
  const power = powerOf(recorded, nowOf)
  const causeOf = offIn(recorded, observations, state, power, nowOf)
  const selected = select()
  const work = new Map<string, Work>()
  for (const address of selected) {
    const subject = recorded.get(address)
    const seen = observations.get(address)
    if (subject && seen) decide(subject, seen)
  }
  diagnostics.push(...checkMachines(subjects, observations, () => false))
  const fatal = diagnostics.filter(({ code }) => code === 'data_loss' || code === 'machine_changed')
  if (fatal.length > 0) throw new LaresError(reworded(fatal, (words) => redactor.text(words)))
  const nodes = order()
  return { plan: planOf(nodes), work }

  function select(): Set<string> {
    const { targets = [], exclude = [] } = options
    const named = targets.length > 0 ? reachable(targets, dependentsOf) : new Set(recorded.keys())
    const all = mode === 'stop' ? withPower(named) : reachable(named, edgesOf)
    for (const address of reachable(exclude, mode === 'stop' ? edgesOf : dependentsOf)) all.delete(address)
    return all
  }

  /** With what is stopped goes what powers it, unless that powers something else, too. */
  function withPower(stopped: ReadonlySet<string>): Set<string> {
    const all = new Set(stopped)
    for (const address of all) {
      const own = power.get(address)
      if (own !== undefined && [...reachable([own], dependentsOf)].every((one) => one === own || all.has(one)))
        all.add(own)
    }
    return all
  }

  function decide(subject: Recorded, seen: Observation): void {
    const { address, type, record } = subject
    const { lifecycle } = type
    if (seen.status === 'absent') return
    if (seen.status !== 'present' || !seen.attributes) {
      decideUnseen(subject, seen)
      return
    }
    if (!lifecycle || holderOf(subject, seen.attributes) !== 'ours') return
    const runs = lifecycle.isRunning(seen.attributes as never)
    if (mode === 'start') {
      if (runs || isWanted(subject, seen.attributes)) add(subject, seen, runs ? {} : { action: 'start' })
      return
    }
    const inputs = validInputs(type, record, input.secretOf)
    const stays = runs && inputs ? lifecycle.stays?.(inputs as never) : undefined
    if (stays !== undefined) {
      diagnostics.push(warning({ code: 'left_running', address, summary: `It is left running: ${stays}` }))
      return
    }
    const loss = runs ? lifecycle.loses?.(seen.attributes as never) : undefined
    if (loss !== undefined && !options.allowDataLoss?.includes(address))
      diagnostics.push(
        problem({
          code: 'data_loss',
          address,
          summary: `Stopping "${address}" would lose ${loss}`,
          advice: `Agree to it with --allow-data-loss ${address}, or leave it and what it needs running with --exclude ${address}`,
        }),
      )
    add(subject, seen, runs ? { action: 'stop' } : {})
  }

  function isWanted(subject: Recorded, observed: Attributes | undefined): boolean {
    if (state.stopped[recordedAs(subject)] !== undefined) return true
    return isMeantToRun(subject, validInputs(subject.type, subject.record, input.secretOf), observed)
  }

  /** What does not answer is either off, with what it is on, or nothing may be done to what it is on. */
  function decideUnseen(subject: Recorded, seen: Observation): void {
    const { address, type } = subject
    const { lifecycle, provides } = type
    const cause = causeOf(address)
    if (mode === 'stop') {
      if (cause !== undefined) {
        if (lifecycle) add(subject, seen, {})
      } else if (lifecycle) {
        diagnostics.push(...seen.diagnostics)
        add(subject, seen, { blocked: seen.status === 'failed' ? 'failed' : 'unreachable' })
      }
      return
    }
    if (!lifecycle && !provides) return
    if (cause === undefined) {
      diagnostics.push(...seen.diagnostics)
      add(subject, seen, { blocked: seen.status === 'failed' ? 'failed' : 'unreachable' })
    } else if (isWanted(subject, undefined))
      add(
        subject,
        seen,
        lifecycle ? { action: 'start', permitted: ['start', 'none'], waitsFor: cause === address ? [] : [cause] } : {},
      )
  }

  function add(
    subject: Recorded,
    observation: Observation,
    decision: Partial<Pick<PlanNode, 'action' | 'permitted' | 'waitsFor' | 'blocked'>>,
  ): void {
    const { address, type, record, resource } = subject
    const action = decision.action ?? 'none'
    const on = nowOf(record.on)
    const node: PlanNode = {
      ...{ id: address, address, type: type.type, action, causes: action === 'none' ? [] : ['asked'], changes: [] },
      ...{ after: [], permitted: [action], waitsFor: [], ...decision },
      ...(on === undefined ? {} : { on }),
    }
    work.set(address, { node, subject, type, record, observation, facts: undefined, changes: [], removed: !resource })
  }

  /** Each node after those that have to be done before it, be there others in between that have none. */
  function order(): PlanNode[] {
    const before = mode === 'stop' ? dependentsOf : edgesOf
    const needs = neededBy(recorded)
    const further =
      mode === 'stop' ? reverse(needs.keys(), (id) => needs.get(id)!) : (id: string) => needs.get(id) ?? []
    for (const { node } of work.values()) {
      const found = new Set<string>()
      const seen = new Set<string>([node.id])
      const queue = [...before(node.id), ...further(node.id)]
      for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
        if (seen.has(id)) continue
        seen.add(id)
        if (work.has(id)) found.add(id)
        else queue.push(...before(id), ...further(id))
      }
      node.after = [...found]
    }
    const sorted = topological(work.keys(), (id) => work.get(id)!.node.after)
    return sorted.map((id) => {
      const { node } = work.get(id)!
      const isHeld = node.after.some((other) => work.get(other)!.node.blocked)
      if (options.force) node.after = node.after.filter((other) => !work.get(other)!.node.blocked)
      else if (isHeld && !node.blocked) node.blocked = 'dependency'
      return node
    })
  }

  function planOf(nodes: PlanNode[]): Plan {
    return {
      ...{ version: 1, lab: model.lab, lineage: state.lineage, serial: state.serial, config: input.config },
      ...{ mode, nodes, outputs: {} },
      diagnostics: reworded(diagnostics, (words) => redactor.text(words)),
    }
  }
}

/** What a stop has stopped is; of anything else its type can say that it is not. Of what is merely kept nobody says that it is. */
export const isMeantToRun = (
  { type, kept }: Subject,
  inputs: Attributes | undefined,
  observed: Attributes | undefined,
): boolean =>
  !kept && (inputs === undefined || type?.lifecycle?.isWanted?.(inputs as never, observed as never) !== false)

const isRecorded = (subject: Subject): boolean => subject.record !== undefined && subject.type !== undefined

/** What powers what, by the refs in their inputs. */
function powerOf(recorded: ReadonlyMap<string, Recorded>, nowOf: (address: string) => string): Map<string, string> {
  const found = new Map<string, string>()
  for (const { address, type, resource } of recorded.values()) {
    const path = type.lifecycle?.poweredBy
    if (path === undefined || !resource) continue
    visitExpressions(resource.inputs, (body, at) => {
      if (body.kind === 'ref' && startsWith(at, parsePath(path))) found.set(address, nowOf(body.address))
    })
  }
  return found
}

/** What is off, so that something that was read does not answer: what powers it, what it is on, or itself. */
function offIn(
  recorded: ReadonlyMap<string, Recorded>,
  observations: ReadonlyMap<string, Observation>,
  { stopped }: State,
  power: ReadonlyMap<string, string>,
  nowOf: <A extends string | undefined>(address: A) => A,
): (address: string) => string | undefined {
  const known = new Map<string, string | undefined>()
  return causeOf

  function causeOf(address: string): string | undefined {
    if (known.has(address)) return known.get(address)
    known.set(address, undefined)
    const cause = find(address)
    known.set(address, cause)
    return cause
  }

  function find(address: string): string | undefined {
    const subject = recorded.get(address)
    const seen = observations.get(address)
    if (!subject || !seen || seen.status === 'absent') return undefined
    if (seen.attributes)
      return subject.type.lifecycle?.isRunning(seen.attributes as never) === false ? address : undefined
    const below = [power.get(address), nowOf(subject.record.on)].filter((by) => by !== undefined)
    // What was stopped and is silent is off, though a run was killed before it had switched off what powers it.
    return (
      below.find((by) => causeOf(by) !== undefined) ??
      (stopped[recordedAs(subject)] === undefined ? undefined : address)
    )
  }
}

/** Without a ref one can use what another claims, such as the place of a mount. */
function neededBy(recorded: ReadonlyMap<string, Recorded>): Map<string, string[]> {
  const holders = new Map<string, string[]>()
  for (const { address, type, record } of recorded.values())
    for (const { id } of recordedClaims(type, record)) holders.set(id, [...(holders.get(id) ?? []), address])
  return new Map(
    [...recorded.values()].map(({ address, type, record }) => [
      address,
      recordedClaims(type, record, 'needs').flatMap(({ id }) =>
        (holders.get(id) ?? []).filter((other) => other !== address),
      ),
    ]),
  )
}
