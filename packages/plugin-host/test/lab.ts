import { type AnyResource, createEngine, defineLab, type EnginePlanOptions, labKey, type Plan } from '@lares/core'
import { memoryStore } from '@lares/core/testing'

/** A lab whose state is in memory, applied step by step. */
export function testLab(secrets: Record<string, string> = {}) {
  const store = memoryStore('home')
  const engine = createEngine({
    store,
    key: labKey('key-of-the-test'),
    readSecret: async (source) => ('env' in source ? (secrets[source.env] ?? '') : ''),
  })
  const open = (resources: readonly AnyResource[], options?: EnginePlanOptions) =>
    engine.plan(defineLab({ name: 'home', resources: [...resources] }), options)
  return {
    store,
    async plan(resources: readonly AnyResource[], options?: EnginePlanOptions): Promise<Plan> {
      const planned = await open(resources, options)
      await planned.close()
      return planned.plan
    },
    /** What was done to each resource, in words: `web: update`. Throws what went wrong. */
    async apply(resources: readonly AnyResource[], options?: EnginePlanOptions): Promise<string[]> {
      const planned = await open(resources, options)
      const result = await planned.apply().finally(() => planned.close())
      if (result.failed > 0 || planned.plan.diagnostics.length > 0)
        throw new Error(JSON.stringify([...planned.plan.diagnostics, ...result.diagnostics], null, 1))
      return planned.plan.nodes.filter(({ action }) => action !== 'none').map(({ id, action }) => `${id}: ${action}`)
    },
    async tryApply(resources: readonly AnyResource[], options?: EnginePlanOptions) {
      const planned = await open(resources, options)
      return await planned.apply().finally(() => planned.close())
    },
  }
}
