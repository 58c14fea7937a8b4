import type { ApplyResult, Diagnostic, Plan } from '../src/index.ts'
import { LaresError } from '../src/index.ts'
import {
  type Fake,
  fakePlugin,
  fakeWorld,
  type TestEngine,
  type TestEngineOptions,
  testEngine,
  type World,
} from '../src/testing/index.ts'

/** A world with two machines, its plugin, a lab over it, and the two machines as resources. */
export interface Bench {
  world: World
  fake: Fake
  home: TestEngine
  tower: ReturnType<Fake['machine']>
  attic: ReturnType<Fake['machine']>
}

export function bench(options: TestEngineOptions = {}): Bench {
  const world = fakeWorld('tower', 'attic')
  const fake = fakePlugin(world)
  return {
    world,
    fake,
    home: testEngine(world, options),
    tower: fake.machine('tower', { address: 'tower' }),
    attic: fake.machine('attic', { address: 'attic' }),
  }
}

export const codes = ({ diagnostics }: Plan | ApplyResult | { diagnostics: readonly Diagnostic[] }): string[] =>
  diagnostics.map(({ code }) => code)

/** The diagnostics that a promise rejects with. */
export async function refusal(promise: Promise<unknown>): Promise<readonly Diagnostic[]> {
  try {
    await promise
  } catch (error) {
    if (error instanceof LaresError) return error.diagnostics
    throw error
  }
  throw new Error('It was not refused')
}
