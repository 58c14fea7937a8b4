import { defineLab, isLab, type Lab, type Listing } from '../config.ts'
import { createEngine, type Engine, type EngineOptions, type EnginePlanOptions, type Planned } from '../engine.ts'
import type { ApplyResult, LaresEvent } from '../events.ts'
import { type Plan, type PlanNode, planText } from '../plan.ts'
import { labKey } from '../secret.ts'
import type { State, StateSession, StateStore } from '../state.ts'
import type { World } from './fake-world.ts'
import { type MemoryStore, memoryStore } from './store.ts'

export interface TestEngineOptions
  extends Partial<Pick<EngineOptions, 'parallelism' | 'loadPlugin' | 'signal' | 'abort' | 'onEvent'>> {
  /** Name of the lab; `home` unless told. */
  lab?: string
  /** Values of secrets from the environment. */
  secrets?: Record<string, string>
  key?: string
  store?: MemoryStore
}

/** Where in a run the process is killed: at the n-th append to the journal, which is recorded or not. */
export interface CrashPoint {
  append: number
  recorded: boolean
}

/** An engine with a state in memory, for tests. Config is a list of resources or a lab. */
export interface TestEngine {
  readonly events: LaresEvent[]
  readonly store: MemoryStore
  readonly engine: Engine
  lab(config: Listing | Lab): Lab
  /** Plans and closes. */
  plan(config: Listing | Lab, options?: EnginePlanOptions): Promise<Plan>
  /** The plan as text, without what stays as it is; with `whole`, all of it. */
  planTextOf(config: Listing | Lab, options?: EnginePlanOptions, whole?: boolean): Promise<string>
  /** Plans and applies. */
  apply(config: Listing | Lab, options?: EnginePlanOptions): Promise<ApplyResult & { plan: Plan }>
  /** Plans and applies until the end, or until the world or the store has crashed: then undefined, and the next process begins. */
  applyAndCrash(
    config: Listing | Lab,
    options?: EnginePlanOptions,
    crash?: CrashPoint,
  ): Promise<ApplyResult | undefined>
  state(): Promise<State>
}

/** Plan text without the nodes for which nothing is done, and what is off on purpose. Other blocked ones stay. */
export const changesText = (plan: Plan): string =>
  planText({ ...plan, nodes: plan.nodes.filter((node) => isTelling(node)) })

const isTelling = ({ action, permitted, blocked }: PlanNode): boolean =>
  blocked !== 'stopped' && (action !== 'none' || permitted.length > 1 || blocked !== undefined)

export function testEngine(world: World, options: TestEngineOptions = {}): TestEngine {
  const { lab: name = 'home', secrets = {}, key = 'key-of-the-tests', store: given, onEvent, ...rest } = options
  const events: LaresEvent[] = []
  let store = given ?? memoryStore(name)

  const engineOver = (over: StateStore, extra: Partial<EngineOptions> = {}): Engine =>
    createEngine({
      store: over,
      key: labKey(key),
      readSecret: async (source) => {
        const value = 'env' in source ? secrets[source.env] : undefined
        if (value === undefined) throw new Error('not set')
        return value
      },
      onEvent: (event) => {
        events.push(event)
        onEvent?.(event)
      },
      ...rest,
      ...extra,
    })
  const labOf = (config: Listing | Lab): Lab => (isLab(config) ? config : defineLab({ name, resources: config }))

  async function run<T>(
    engine: Engine,
    config: Listing | Lab,
    planOptions: EnginePlanOptions | undefined,
    use: (planned: Planned) => Promise<T>,
  ): Promise<T> {
    const planned = await engine.plan(labOf(config), planOptions)
    try {
      return await use(planned)
    } finally {
      await planned.close()
    }
  }

  const plan: TestEngine['plan'] = (config, planOptions) =>
    run(engineOver(store), config, planOptions, async ({ plan }) => plan)

  return {
    events,
    get store() {
      return store
    },
    get engine() {
      return engineOver(store)
    },
    lab: labOf,
    plan,
    async planTextOf(config, planOptions, whole = false) {
      const planned = await plan(config, planOptions)
      return whole ? planText(planned) : changesText(planned)
    },
    apply: (config, planOptions) =>
      run(engineOver(store), config, planOptions, async ({ plan, apply }) => ({ ...(await apply()), plan })),
    async applyAndCrash(config, planOptions, crash) {
      const life = world.life
      const abort = new AbortController()
      if (crash) store.crashAfter(crash.append, { recorded: crash.recorded, hang: true })
      const engine = engineOver(mortal(store, life.end), { abort: abort.signal })
      const outcome = run(engine, config, planOptions, ({ apply }) => apply())
      // The run of a dead process never settles, or only fails once its timers are cut below.
      outcome.catch(() => {})
      const result = await Promise.race([outcome, life.ended.then(() => undefined)])
      if (!life.over) return result
      store.crashAfter(0, { hang: true })
      store = store.reopen()
      world.revive()
      abort.abort()
      return undefined
    },
    state: () => store.read(),
  }
}

/** A store that takes the process with it when it crashes. */
const mortal = (store: MemoryStore, end: () => void): StateStore => ({
  ...store,
  async open(purpose, signal) {
    const session = await store.open(purpose, signal)
    const append: StateSession['append'] = (...entries) => {
      const appended = session.append(...entries)
      if (store.crashed) end()
      return appended
    }
    return { state: session.state, append, close: () => session.close() }
  },
})
