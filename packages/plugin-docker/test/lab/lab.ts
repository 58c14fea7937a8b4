import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type AnyResource,
  type ApplyResult,
  createEngine,
  defineLab,
  type Engine,
  type EnginePlanOptions,
  fileStore,
  type LaresEvent,
  labKey,
  type Plan,
  planText,
  pluginOf,
} from '@lares/core'
import { onTestFinished } from 'vitest'
import docker, { connectDocker } from '../../src/index.ts'

/** A lab of a test, with a state of its own. */
export interface TestLab {
  engine: Engine
  events: LaresEvent[]
  /** The plan as text; empty when nothing is to be done. */
  plan(resources: readonly AnyResource[], options?: EnginePlanOptions): Promise<string>
  /** Plans and applies; rejects when anything fails. */
  apply(resources: readonly AnyResource[], options?: EnginePlanOptions): Promise<Applied>
  /** The same for what is expected to fail. */
  attempt(resources: readonly AnyResource[], options?: EnginePlanOptions): Promise<Applied>
  /** Everything that was ever written to its state. */
  directory: string
}

export interface Applied {
  plan: Plan
  text: string
  result: ApplyResult
}

export async function testLab(name: string, secrets: Record<string, string> = {}): Promise<TestLab> {
  const directory = await mkdtemp(join(tmpdir(), 'lares-docker-'))
  const events: LaresEvent[] = []
  const engine = createEngine({
    store: fileStore(directory, name),
    key: labKey('a key for tests'),
    readSecret: async (source) => secrets[(source as { env: string }).env]!,
    loadPlugin: async () => pluginOf(docker),
    onEvent: (event) => events.push(event),
  })
  const lab = (resources: readonly AnyResource[]) => defineLab({ name, resources })
  const attempt: TestLab['attempt'] = async (resources, options = {}) => {
    const planned = await engine.plan(lab(resources), options)
    try {
      return { plan: planned.plan, text: textOf(planned.plan), result: await planned.apply() }
    } finally {
      await planned.close()
    }
  }
  onTestFinished(async () => {
    const { plan } = await attempt([], { mode: 'destroy' })
    const kept = plan.nodes.filter(({ action }) => action === 'keep').map(({ address }) => address)
    if (kept.length > 0) await attempt([], { mode: 'destroy', allowDataLoss: kept })
    // Volumes of projects are parts, which stay unless each is named.
    const client = await connectDocker()
    for (const { Name } of await client.volumes.list({ labels: { 'dev.lares.lab': name } }))
      await client.volumes.remove(Name)
    client.close()
    await rm(directory, { recursive: true })
  })
  return {
    engine,
    events,
    directory,
    attempt,
    async plan(resources, options = {}) {
      const planned = await engine.plan(lab(resources), options)
      await planned.close()
      return textOf(planned.plan)
    },
    async apply(resources, options) {
      const applied = await attempt(resources, options)
      const problems = [...applied.plan.diagnostics, ...applied.result.diagnostics]
      if (problems.length > 0)
        throw new Error(problems.map(({ summary, detail }) => `${summary}: ${detail}`).join('\n'))
      return applied
    },
  }
}

const textOf = (plan: Plan): string =>
  planText({ ...plan, nodes: plan.nodes.filter(({ action, permitted }) => action !== 'none' || permitted.length > 1) })
