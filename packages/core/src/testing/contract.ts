import type { AnyResource } from '../resource.ts'
import { keysAt } from '../schema.ts'
import { isRecordedSecret } from '../secret.ts'
import { equal } from '../value.ts'
import { openSession, type Session, type Step, type StepOptions, SUBJECT, typeOf } from './contract-session.ts'
import type { TestApi } from './store-contract.ts'

/** What the contract needs to know of a resource type, and of the real part that its objects live on. */
export interface ResourceContract<I extends object> {
  /** `docker.container`. */
  type: string
  /**
   * Declares the resource under test as `address`, with the inputs and with what it lives on:
   * `(address, inputs) => docker.network(address, { on: machine, name: 'lares-contract', ...inputs })`.
   * Called often; what it names in the real world must depend on its arguments alone.
   */
  declare(address: string, inputs: I): AnyResource
  /** The fewest inputs that a user can write. */
  base: I
  /** Inputs that are tried on top of `base`, each alone and, merged with `combined` or one by one, all together. */
  options: Record<string, Partial<I>>
  /** What is tried together; all `options` merged unless told. False where they exclude each other. */
  combined?: Partial<I> | false
  /** On top of `base`: inputs that need a new object. */
  replacement?: Partial<I>
  /** The order of tests that need the real part to be looked at without Lares. Each is left out when its hand is missing. */
  outside?: {
    /** Everything of the kind that exists, as plain data that is equal as long as nothing changes. */
    snapshot?(): Promise<unknown>
    /** Makes by hand, without a mark, the object that `base` would make. */
    plant?(inputs: I): Promise<void>
    /** Removes by hand the object that `base` makes. It may be gone already. */
    remove?(inputs: I): Promise<void>
  }
  /** Values of what the inputs take with `secret.env(NAME)`. Each must be longer than 8 characters. */
  secrets?: Record<string, string>
  /** Attributes that differ between two equal objects: times, counters. Ids are no inputs and need no mention. */
  volatile?: readonly string[]
  /** When an update is killed: milliseconds after it began. */
  killAfter?: readonly number[]
}

/**
 * What every resource type of every plugin must do on its real part. Call it in `test/contract.test.ts`, with vitest's own functions:
 * `resourceContract({ describe, it, expect }, { type: 'docker.network', declare, base: {…}, options: { internal: { internal: true } } })`.
 */
export function resourceContract<I extends object>(api: TestApi, contract: ResourceContract<I>): void {
  const { describe, it, expect } = api
  const { base, options, outside = {}, secrets = {} } = contract
  const combined = contract.combined ?? (Object.assign({}, ...Object.values(options)) as Partial<I>)
  const sets: [string, I][] = [
    ['base', base],
    ...Object.entries(options).map(([name, more]): [string, I] => [name, { ...base, ...more }]),
    ...(combined && Object.keys(options).length > 1 ? [['all of them', { ...base, ...combined }] as [string, I]] : []),
  ]
  const [, [, someChange] = ['', base]] = sets
  const declared = (inputs: I) => contract.declare(SUBJECT, inputs)

  /** Runs with a lab of its own, and leaves nothing behind. */
  const within = (body: (session: Session, before: unknown) => Promise<void>) => async (): Promise<void> => {
    const before = await outside.snapshot?.()
    const session = openSession(typeOf(declared(base)), 'lares-contract', secrets)
    let failed = true
    try {
      await body(session, before)
      failed = false
    } finally {
      const gone = await session.destroy(declared(base)).catch((error: unknown) => ({ trouble: String(error) }))
      if (!failed) {
        expect(gone.trouble).toBe('')
        if (outside.snapshot) expect(await outside.snapshot()).toEqual(before)
      }
    }
  }

  const apply = async (session: Session, inputs: I, more?: StepOptions): Promise<Step> => {
    const step = await session.apply(declared(inputs), more)
    expect(step.trouble).toBe('')
    return step
  }
  const expectNothingToDo = async (session: Session, inputs: I): Promise<void> => {
    expect(await session.planText(declared(inputs))).toBe('')
    expect((await apply(session, inputs)).verbs).toEqual([])
  }
  /** Attributes that have an input of their name. */
  const settings = async (session: Session): Promise<Record<string, unknown>> => {
    const names = new Set(keysAt(session.type.inputs, []))
    const record = await session.record()
    return Object.fromEntries(
      Object.entries(record?.attributes ?? {}).filter(
        ([name, value]) => names.has(name) && !contract.volatile?.includes(name) && !isRecordedSecret(value),
      ),
    )
  }

  describe(`${contract.type} keeps the resource contract`, () => {
    for (const [name, inputs] of sets) {
      it(
        `created with ${name}: nothing is left to do, and it goes again`,
        within(async (session) => {
          const made = await apply(session, inputs)
          expect(made.verbs).toEqual(['create'])
          await expectNothingToDo(session, inputs)
          const gone = await session.destroy(declared(inputs))
          expect(gone.trouble).toBe('')
          expect((await session.plan(declared(inputs))).nodes.find(({ id }) => id === SUBJECT)?.action).toBe('create')
        }),
      )
    }

    for (const [name, inputs] of sets.slice(1)) {
      it(
        `${name}: set and unset, it goes there and back`,
        within(async (session) => {
          await apply(session, base)
          const before = await settings(session)
          await apply(session, inputs)
          await expectNothingToDo(session, inputs)
          await apply(session, base)
          await expectNothingToDo(session, base)
          if (session.type.whenUnset !== 'release') expect(await settings(session)).toEqual(before)
        }),
      )
    }
    if (contract.replacement) {
      const inputs = { ...base, ...contract.replacement }
      it(
        'what needs a new object replaces it',
        within(async (session) => {
          await apply(session, base)
          const { plan } = await apply(session, inputs, { allowDataLoss: [SUBJECT] })
          expect(plan.nodes.find(({ id }) => id === SUBJECT)?.action).toBe('replace')
          await expectNothingToDo(session, inputs)
        }),
      )
    }
  })
  void [equal, someChange]
}
