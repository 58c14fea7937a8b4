import { createActionRunner, type RunAction } from './actions.ts'
import { addressesNamed } from './addresses.ts'
import type { Lab } from './config.ts'
import { openConnections } from './connections.ts'
import { decide } from './decide.ts'
import { type Diagnostic, fail, hasErrors, isLaresError, LaresError, problem, reworded } from './diagnostics.ts'
import { type ApplyResult, type EventListener, type LaresEvent, rewordedEvent } from './events.ts'
import { execute } from './execute.ts'
import { reachable } from './graph.ts'
import { type Connected, createInquiries, type Inquiries } from './inquiries.ts'
import { planLifecycle } from './lifecycle.ts'
import { deadline } from './limits.ts'
import { buildModel, type Model, modelDigest } from './model.ts'
import { createObserver, type Observation, type Observer } from './observe.ts'
import type { Plan } from './plan.ts'
import type { Plugin } from './plugin.ts'
import { type PlanOptions, reconcile } from './reconcile.ts'
import { unsealAttributes } from './record.ts'
import { decodeTree, type SecretSource, visitExpressions } from './ref.ts'
import { type LabKey, Redactor, type SecretReader } from './secret.ts'
import { withParts } from './select.ts'
import type { ResourceRecord, State, StateSession, StateStore } from './state.ts'
import { asRecorded, pairSubjects, type Subject } from './subject.ts'
import { canonical, equal } from './value.ts'

export interface EngineOptions {
  store: StateStore
  key: LabKey
  readSecret: SecretReader
  /** Finds the plugin of a record when the config no longer names it. */
  loadPlugin?(packageName: string): Promise<Plugin | undefined>
  /** How many actions may be under way in the whole run; 10 unless told. */
  parallelism?: number
  onEvent?: EventListener
  /** Aborted: nothing new is started. */
  signal?: AbortSignal
  /** Aborted: what is under way is aborted too. */
  abort?: AbortSignal
}

export interface EnginePlanOptions extends PlanOptions {
  /** A saved plan. Rejects with `plan_stale` when the config, the state or the lab has moved on since. */
  expect?: Plan
}

/** A plan with the right to carry it out: the state is locked and connections are open until it is closed. */
export interface Planned {
  plan: Plan
  /** Carries the plan out, once. Also to be called when nothing changes: it records what was found to be so already. */
  apply(): Promise<ApplyResult>
  close(): Promise<void>
}

export interface Engine extends Inquiries {
  /** Locks the state, observes, reconciles. Rejects with every diagnostic when the lab is not valid. */
  plan(lab: Lab, options?: EnginePlanOptions): Promise<Planned>
  /** Drops records without touching the objects, those of all parts where a composite is named; answers which there were. */
  forget(addresses: readonly string[]): Promise<string[]>
  /** Does with a resource what its type offers besides bringing it about. Resolves with an exit code. */
  run: RunAction
}

const PARALLELISM = 10
const SECRET_TIMEOUT = 60_000

export function createEngine(options: EngineOptions): Engine {
  const never = new AbortController().signal
  const { store, key, signal = never, abort = never } = options

  /** Everything that one run shares: its clock, its secrets, its connections. */
  function begin() {
    const began = performance.now()
    // A listener's mistake must not stop actions half-way: it is told when all is recorded.
    let listenerFailed: { error: unknown } | undefined
    const redactor = new Redactor()
    const text = (words: string) => redactor.text(words)
    const now = () => Math.round(performance.now() - began)
    const emit = (event: LaresEvent) => {
      try {
        options.onEvent?.(rewordedEvent(event, text))
      } catch (error) {
        listenerFailed ??= { error }
      }
    }
    const connections = openConnections({ signal: abort, emit, now })
    const secrets = new Map<string, string>()
    const secretOf = (source: SecretSource) => secrets.get(canonical(source))
    return { redactor, text, now, emit, connections, secrets, secretOf, listenerError: () => listenerFailed }
  }
  type Run = ReturnType<typeof begin>

  const observing = ({ connections, emit, now }: Run) => ({
    connections,
    log: (address: string, message: string) => emit({ type: 'observe.log', at: now(), address, message }),
  })

  function validModel(lab: Lab): { model: Model; diagnostics: Diagnostic[] } {
    const { model, diagnostics } = buildModel(lab)
    if (hasErrors(diagnostics)) throw new LaresError(diagnostics)
    return { model, diagnostics }
  }

  async function pluginsOf(lab: Lab, records: readonly ResourceRecord[]): Promise<Map<string, Plugin>> {
    const plugins = new Map(lab.plugins.map((plugin) => [plugin.package, plugin]))
    for (const name of new Set(records.map((record) => record.plugin))) {
      const plugin = plugins.has(name) ? undefined : await options.loadPlugin?.(name)
      if (plugin) plugins.set(name, plugin)
    }
    return plugins
  }

  /** Reads every secret that the trees name. Those of the config must be there; those of records are asked for only to delete. */
  async function readSecrets(run: Run, wanted: unknown[], recorded: unknown[]): Promise<void> {
    const sources = new Map<string, { source: SecretSource; wanted: boolean }>()
    const collect = (trees: unknown[], isWanted: boolean) =>
      visitExpressions(trees, (body) => {
        if (body.kind === 'concealed') run.redactor.add(body.value)
        if (body.kind !== 'secret') return
        const name = canonical(body.source)
        sources.set(name, { source: body.source, wanted: isWanted || (sources.get(name)?.wanted ?? false) })
      })
    collect(wanted, true)
    collect(recorded, false)
    const missing: Diagnostic[] = []
    await Promise.all(
      [...sources].map(async ([name, { source, wanted }]) => {
        try {
          const value = await deadline(SECRET_TIMEOUT, abort, (signal) => options.readSecret(source, signal))
          run.secrets.set(name, value)
          run.redactor.add(value)
        } catch (error) {
          if (wanted) missing.push(...secretDiagnostics(source, error))
        }
      }),
    )
    if (missing.length > 0) throw new LaresError(reworded(missing, run.text))
  }

  async function unsealed(subjects: ReadonlyMap<string, Subject>): Promise<Map<string, Record<string, unknown>>> {
    const opened = new Map<string, Record<string, unknown>>()
    for (const { address, record } of subjects.values()) {
      if (!record?.sealed) continue
      try {
        opened.set(address, await unsealAttributes(record.sealed, key))
      } catch (error) {
        fail(
          {
            code: 'key_wrong',
            address,
            summary: 'A secret in the state cannot be opened with the key of this lab',
            advice: 'Use the key that the state was written with: .lares/key, LARES_KEY or LARES_KEY_FILE.',
          },
          error,
        )
      }
    }
    return opened
  }

  async function observeAll(
    run: Run,
    observer: Observer,
    addresses: readonly string[],
  ): Promise<Map<string, Observation>> {
    const began = run.now()
    run.emit({ type: 'observe.started', at: began, total: addresses.length })
    const seen = await Promise.all(addresses.map((address) => observer.observe(address)))
    run.emit({ type: 'observe.finished', at: run.now(), total: addresses.length, ms: run.now() - began })
    return new Map(addresses.map((address, i) => [address, seen[i]!]))
  }

  async function plan(lab: Lab, planOptions: EnginePlanOptions = {}): Promise<Planned> {
    const { expect, ...asked } = planOptions
    const { model, diagnostics } = validModel(lab)
    const session = await store.open(asked.mode ?? 'apply', abort)
    const run = begin()
    const close = async () => {
      await run.connections.close()
      await session.close()
      const failed = run.listenerError()
      if (failed) throw failed.error
    }
    try {
      const { state } = session
      const config = modelDigest(model)
      if (expect) checkUnmoved(expect, config, state)
      const plugins = await pluginsOf(lab, [...Object.values(state.resources), ...Object.values(state.kept)])
      migrate(state, plugins)
      const paired = pairSubjects(model, state, plugins, concerned(state, asked))
      const rest = withParts(asked, [...paired.keys()])
      const { mode = 'apply' } = rest
      const subjects = mode === 'apply' ? paired : asRecorded(paired)
      const leaving = [...subjects.values()].filter(({ resource }) => !resource || mode !== 'apply')
      const wanted = mode !== 'apply' ? [] : [...[...model.resources.values()].map(({ set }) => set), model.outputs]
      const recorded = leaving.map(({ record }) => record && decodeTree(record.inputs))
      const givers = [...subjects.values()].flatMap(({ type, resource }) =>
        type?.provides && resource ? [resource.set] : [],
      )
      await readSecrets(run, wanted, [...recorded, ...givers])
      const opened = await unsealed(subjects)
      const env = { secretOf: run.secretOf, unsealed: (address: string) => opened.get(address) }
      const onlyReads = mode !== 'apply'
      const observer = createObserver({ subjects, ...observing(run), onlyReads, signal: abort, ...env })
      const observations = await observeAll(run, observer, [...subjects.keys()])
      abort.throwIfAborted()
      const shared = { model, subjects, key, redactor: run.redactor, ...env }
      const facing = { ...shared, state, observations, config, options: rest }
      const { plan, work } = mode === 'stop' || mode === 'start' ? planLifecycle(facing, mode) : reconcile(facing)
      plan.diagnostics = [...diagnostics, ...plan.diagnostics]
      if (expect) checkSame(expect, plan)
      run.emit({ type: 'plan.finished', at: run.now(), plan })
      let applied = false
      const apply = async (): Promise<ApplyResult> => {
        if (applied) throw new Error('A plan is applied once')
        applied = true
        run.connections.forgetFailures()
        const parallelism = options.parallelism ?? PARALLELISM
        const { connections, emit, now } = run
        const { force = false } = rest
        const facts = { plan, work, observations, session, connections, decide, force }
        const result = await execute({ ...shared, ...facts, parallelism, signal, abort, emit, now })
        emit({ type: 'apply.finished', at: now(), result })
        return result
      }
      return { plan, apply, close }
    } catch (error) {
      await close()
      throw withoutSecrets(error, run.text)
    }
  }

  async function forget(addresses: readonly string[]): Promise<string[]> {
    const session: StateSession = await store.open('forget')
    try {
      const { resources, kept } = session.state
      const recorded = [...Object.keys(resources), ...Object.keys(kept)]
      const known = [...new Set(addresses.flatMap((name) => addressesNamed(name, recorded)))]
      for (const address of known) {
        const op = session.state.resources[address] ? 'end' : 'keep'
        await session.append({ op, address, record: null })
      }
      return known
    } finally {
      await session.close()
    }
  }

  const connected: Connected = async (lab, choose, use) => {
    const { model } = validModel(lab)
    const state = await store.read()
    const addresses = choose(model, state)
    const recordOf = (address: string) => state.resources[address] ?? state.kept[address]
    const run = begin()
    try {
      // A secret may come from a program that asks somebody, so none is read that isn't needed.
      const needed = reachable(addresses, (address) => [
        ...(model.resources.get(address)?.dependencies ?? []),
        ...(recordOf(address)?.dependencies ?? []),
      ])
      const trees = [...needed].flatMap((address) => {
        const record = recordOf(address)
        return [model.resources.get(address)?.set, record && decodeTree(record.inputs)]
      })
      await readSecrets(run, [], trees)
      const plugins = await pluginsOf(lab, [...Object.values(state.resources), ...Object.values(state.kept)])
      const subjects = pairSubjects(model, state, plugins, new Set(Object.keys(state.kept)))
      const env = { secretOf: run.secretOf, unsealed: () => undefined, onlyReads: true, signal: abort }
      const observer = createObserver({ subjects, ...observing(run), ...env })
      return await use({ ...run, model, state, subjects, observer, abort }, addresses)
    } catch (error) {
      throw withoutSecrets(error, run.text)
    } finally {
      await run.connections.close()
    }
  }

  return { plan, forget, ...createInquiries(connected), run: createActionRunner(connected, store, abort) }
}

/** The error with its words redacted. Where they had to be, what caused it is not told: its words are its own. */
function withoutSecrets(error: unknown, text: (words: string) => string): unknown {
  if (isLaresError(error)) {
    const diagnostics = reworded(error.diagnostics, text)
    return equal(diagnostics, error.diagnostics) ? error : new LaresError(diagnostics)
  }
  if (error instanceof Error) {
    error.message = text(error.message)
    if (error.stack !== undefined) error.stack = text(error.stack)
  }
  return error
}

function secretDiagnostics(source: SecretSource, error: unknown): Diagnostic[] {
  if (isLaresError(error)) return [...error.diagnostics]
  const [kind, name] = Object.entries(source).flat(2) as [string, string]
  return [
    problem({
      code: 'secret_missing',
      summary: `The secret from ${kind} "${name}" cannot be read`,
      detail: (error as Error).message,
    }),
  ]
}

/** What was kept and takes part: all of it in a stop, or what may be lost, by its own name, by that of its composite, or of data in it. */
function concerned({ kept }: State, { mode, allowDataLoss = [] }: PlanOptions): Set<string> {
  const mayBeLost = (address: string) =>
    allowDataLoss.some((name) => `${name}/`.startsWith(`${address}/`) || address.startsWith(`${name}/`))
  const all = Object.keys(kept)
  return new Set(mode === 'stop' || mode === 'start' ? all : all.filter(mayBeLost))
}

/** Brings records to the versions of their types, in memory; they are written when they next change. */
function migrate(state: State, plugins: ReadonlyMap<string, Plugin>): void {
  for (const [address, record] of Object.entries(state.resources)) {
    const type = plugins.get(record.plugin)?.types.get(record.type)
    const version = type?.version ?? 1
    if (!type || record.version === version) continue
    if (record.version > version || !type.migrate) {
      fail({
        code: 'record_newer',
        address,
        summary: `It was recorded by ${record.type} version ${record.version}; the installed ${record.plugin} knows version ${version}`,
        advice: `Update ${record.plugin}.`,
      })
    }
    const { inputs, attributes } = type.migrate!({
      version: record.version,
      inputs: record.inputs,
      attributes: record.attributes,
    })
    state.resources[address] = { ...record, version, inputs: inputs as never, attributes: attributes as never }
  }
}

const stale = (summary: string, detail?: string): never =>
  fail({ code: 'plan_stale', summary, ...(detail ? { detail } : {}), advice: 'Make a new plan: lares plan --out FILE' })

function checkUnmoved(saved: Plan, config: string, state: State): void {
  if (saved.lab !== state.lab || saved.lineage !== state.lineage) stale('The saved plan was made for another state')
  if (saved.config !== config) stale('The config has changed since the plan was saved')
  if (saved.serial !== state.serial)
    stale(
      'The state has changed since the plan was saved',
      `plan: serial ${saved.serial}, state: serial ${state.serial}`,
    )
}

function checkSame(saved: Plan, plan: Plan): void {
  const before = new Map(saved.nodes.map((node) => [node.id, canonical(node)]))
  const moved = plan.nodes.filter((node) => before.get(node.id) !== canonical(node)).map(({ id }) => id)
  const gone = saved.nodes.filter(({ id }) => !plan.nodes.some((node) => node.id === id)).map(({ id }) => id)
  if (moved.length + gone.length > 0)
    stale('The lab has changed since the plan was saved', [...moved, ...gone].join(', '))
}
