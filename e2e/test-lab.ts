import {
  type ActionRequest,
  type AnyResource,
  type ApplyResult,
  createEngine,
  type Diagnostic,
  defineLab,
  type Engine,
  type LaresEvent,
  labKey,
  type Plan,
  planText,
  type StateStore,
} from '@lares/core'
import { memoryStore } from '@lares/core/testing'

export interface Attempt {
  plan: Plan
  /** Undefined when it was not carried out. */
  result: ApplyResult | undefined
  /** What the plan and carrying it out told. */
  diagnostics: Diagnostic[]
}

export interface TestLab {
  store: StateStore
  plan(resources: readonly AnyResource[], options?: object): Promise<Plan>
  /** What is left to do, as text: empty when that is nothing. */
  rest(resources: readonly AnyResource[]): Promise<string>
  apply(resources: readonly AnyResource[], options?: object): Promise<Plan>
  /** The same where something is to go wrong, with what was told; as the command does, it carries out what it can. */
  attempt(resources: readonly AnyResource[], options?: object): Promise<Attempt>
  destroy(resources: readonly AnyResource[], allowDataLoss?: readonly string[]): Promise<Plan>
  run(resources: readonly AnyResource[], request: ActionRequest): Promise<number>
  /** What connections and resources say when they are asked how they are. */
  probe(resources: readonly AnyResource[]): ReturnType<Engine['probe']>
  /** How everything is doing. */
  status(resources: readonly AnyResource[]): ReturnType<Engine['status']>
  /** How each resource is doing by its address, or why nobody can say: `healthy: mounted`, `missing`. */
  health(resources: readonly AnyResource[]): Promise<Record<string, string>>
}

/** A lab in memory, on the libvirt of this machine. */
export function testLab(
  name: string,
  secrets: Record<string, string> = {},
  onEvent: (event: LaresEvent) => void = () => {},
): TestLab {
  const store = memoryStore(name)
  const engine = createEngine({
    store,
    key: labKey(name),
    readSecret: async (source) => ('env' in source ? (secrets[source.env] ?? '') : ''),
    onEvent,
  })
  const labOf = (resources: readonly AnyResource[]) => defineLab({ name, resources: [...resources] })
  const run = async (
    resources: readonly AnyResource[],
    options: object,
    applies: (isSound: boolean) => boolean,
  ): Promise<Attempt> => {
    const planned = await engine.plan(labOf(resources), options)
    try {
      const { diagnostics } = planned.plan
      const isSound = diagnostics.every(({ severity }) => severity !== 'error')
      const result = applies(isSound) ? await planned.apply() : undefined
      return { plan: planned.plan, result, diagnostics: [...diagnostics, ...(result?.diagnostics ?? [])] }
    } finally {
      await planned.close()
    }
  }
  const never = () => false
  const apply: TestLab['apply'] = async (resources, options = {}) => {
    const { plan, result, diagnostics } = await run(resources, options, (isSound) => isSound)
    if (!result) throw new Error(diagnostics.map((each) => `${each.code}: ${each.summary}`).join('\n'))
    if (result.failed + result.skipped + result.unreachable > 0)
      throw new Error(
        result.diagnostics
          .map((each) => `${each.address} ${each.code}: ${each.summary}\n${each.detail ?? ''}`)
          .join('\n'),
      )
    return plan
  }
  return {
    store,
    plan: async (resources, options = {}) => (await run(resources, options, never)).plan,
    rest: async (resources) => {
      const { plan } = await run(resources, {}, never)
      const left = plan.nodes.filter(({ action }) => action !== 'none')
      return left.length > 0 ? planText({ ...plan, nodes: left }) : ''
    },
    apply,
    attempt: (resources, options = {}) => run(resources, options, () => true),
    destroy: (resources, allowDataLoss = []) => apply(resources, { mode: 'destroy', allowDataLoss }),
    run: (resources, request) => engine.run(labOf(resources), request),
    probe: (resources) => engine.probe(labOf(resources)),
    status: (resources) => engine.status(labOf(resources)),
    async health(resources) {
      const { resources: found } = await engine.status(labOf(resources))
      return Object.fromEntries(
        found.map(({ address, status, health }) => [address, health ? `${health.state}: ${health.summary}` : status]),
      )
    },
  }
}
