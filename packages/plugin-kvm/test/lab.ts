import { type AnyResource, createEngine, defineLab, labKey, type Plan, planText, type StateStore } from '@lares/core'
import { memoryStore } from '@lares/core/testing'

export interface TestLab {
  store: StateStore
  plan(resources: readonly AnyResource[], options?: object): Promise<Plan>
  /** What is left to do, as text: empty when that is nothing. */
  rest(resources: readonly AnyResource[]): Promise<string>
  apply(resources: readonly AnyResource[], options?: object): Promise<Plan>
  destroy(resources: readonly AnyResource[], allowDataLoss?: readonly string[]): Promise<Plan>
}

/** A lab in memory, on the libvirt of this machine. */
export function testLab(name: string, secrets: Record<string, string> = {}): TestLab {
  const store = memoryStore(name)
  const engine = createEngine({
    store,
    key: labKey(name),
    readSecret: async (source) => ('env' in source ? (secrets[source.env] ?? '') : ''),
  })
  const run = async (resources: readonly AnyResource[], options: object, applies: boolean) => {
    const planned = await engine.plan(defineLab({ name, resources: [...resources] }), options)
    try {
      const errors = planned.plan.diagnostics.filter(({ severity }) => severity === 'error')
      if (applies && errors.length > 0)
        throw new Error(errors.map((each) => `${each.code}: ${each.summary}`).join('\n'))
      if (applies) {
        const { failed, skipped, unreachable, diagnostics } = await planned.apply()
        if (failed + skipped + unreachable > 0)
          throw new Error(
            diagnostics.map((each) => `${each.address} ${each.code}: ${each.summary}\n${each.detail ?? ''}`).join('\n'),
          )
      }
      return planned.plan
    } finally {
      await planned.close()
    }
  }
  return {
    store,
    plan: (resources, options = {}) => run(resources, options, false),
    rest: async (resources) => {
      const plan = await run(resources, {}, false)
      const left = plan.nodes.filter(({ action }) => action !== 'none')
      return left.length > 0 ? planText({ ...plan, nodes: left }) : ''
    },
    apply: (resources, options = {}) => run(resources, options, true),
    destroy: (resources, allowDataLoss = []) => run(resources, { mode: 'destroy', allowDataLoss }, true),
  }
}
