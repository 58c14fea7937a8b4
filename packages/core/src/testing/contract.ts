import type { AnyResource } from '../declaration.ts'
import { visitExpressions } from '../ref.ts'
import { keysAt } from '../schema.ts'
import { isRecordedSecret } from '../secret.ts'
import { openSession, type Session, type Step, type StepOptions, SUBJECT, typeOf } from './contract-session.ts'
import type { TestApi } from './store-contract.ts'
import { changesText } from './test-engine.ts'

/** What the contract needs to know of a resource type, and of the real part that its objects live on. */
export interface ResourceContract<I extends object> {
  /** `docker.network`. */
  type: string
  /** What a config calls: `docker.network`. Called often; what it names in the real world must depend on its arguments alone. */
  factory(address: string, inputs: I): AnyResource
  /** The fewest inputs that a user can write, with `on` where one is needed. */
  base: NoInfer<I>
  /** Inputs that are tried on top of `base`: each alone, and all together. */
  options: Record<string, Partial<NoInfer<I>>>
  /** What is tried together; all `options` merged unless told. False where they exclude each other. */
  combined?: Partial<NoInfer<I>> | false
  /** On top of `base`: inputs that need a new object. */
  replacement?: Partial<NoInfer<I>>
  /** The object is there whatever Lares does, as a unit of a host is: it is brought into a state, and never made. */
  there?: boolean
  /** Hands that reach the real part without Lares. The tests that need one are left out without it. */
  outside?: {
    /** Everything of the kind that exists, as plain data that is equal as long as nothing changes. */
    snapshot?(): Promise<unknown>
    /** Makes the object that `base` would make, without a mark. */
    plant?(): Promise<void>
    /** Removes the object that `base` makes, or takes it out of its state. It may be gone already. */
    remove?(): Promise<void>
  }
  /** Values of what the inputs take with `secret.env(NAME)`, each of 8 characters or more. */
  secrets?: Record<string, string>
  /** Attributes that differ between two reads of one object: times, counters. */
  volatile?: readonly string[]
  /** Milliseconds after a change began, when it is killed. */
  killAfter?: readonly number[]
}

/**
 * What every resource type of every plugin must do on its real part. Call it in `test/contract.test.ts`, with vitest's own functions:
 * `resourceContract({ describe, it, expect }, { type: 'docker.network', factory: docker.network, base: { on: host }, options: { internal: { internal: true } } })`.
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
  const [, [, changed] = ['', base]] = sets
  const secretsIn = (inputs: I): string[] => {
    const values: string[] = []
    visitExpressions(inputs, (body) => {
      if (body.kind === 'secret' && 'env' in body.source) values.push(secrets[body.source.env] ?? '')
    })
    return values
  }
  const declared = (inputs: I) => contract.factory(SUBJECT, inputs)

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
      // What was found is left: only hands can take it away.
      if (session.type.ownership === 'asserted') await outside.remove?.()
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
    const { plan, verbs } = await apply(session, inputs)
    expect(changesText(plan)).toBe('')
    expect(verbs).toEqual([])
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

  /** What was called, but for setting a secret that nobody can read. */
  const done = ({ plan, verbs }: Step): string[] => {
    const changes = plan.nodes.flatMap((node) => (node.address === SUBJECT ? node.changes : []))
    const isSecret = changes.length > 0 && changes.every(({ secret }) => secret)
    return isSecret ? verbs.filter((verb) => verb !== 'update') : verbs
  }

  describe(`${contract.type} keeps the resource contract`, () => {
    for (const [name, inputs] of sets) {
      it(
        `created with ${name}: nothing is left to do, and it goes again`,
        within(async (session) => {
          const made = await apply(session, inputs)
          // What is there already may be as it should be, too.
          if (!contract.there || made.verbs.length > 0)
            expect(made.verbs).toEqual([contract.there ? 'update' : 'create'])
          await expectNothingToDo(session, inputs)
          const gone = await session.destroy(declared(inputs))
          expect(gone.trouble).toBe('')
          if (contract.there) return
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

    it(
      'a creation that happened without an answer is not repeated',
      within(async (session) => {
        const unanswered = once(async (call) => {
          await call()
          throw Object.assign(new Error('no answer'), { code: 'timeout' })
        })
        const { verbs } = await apply(session, base, { around: { create: unanswered } })
        expect(verbs.filter((verb) => verb === 'create')).toEqual(contract.there ? [] : ['create'])
        await expectNothingToDo(session, base)
      }),
    )

    it(
      'after the state was lost, what is there is found again and nothing is doubled',
      within(async (session) => {
        await apply(session, base)
        session.forgetAll()
        const step = await session.apply(declared(base))
        const refused = step.trouble.includes('already_exists')
        expect(done(step)).toEqual([])
        if (!refused) expect(step.trouble).toBe('')
        if (refused) expect(done(await apply(session, base, { adopt: [SUBJECT] }))).toEqual([])
        await expectNothingToDo(session, base)
        expect((await session.record())?.type).toBe(contract.type)
      }),
    )

    it(
      'deleting what is gone succeeds',
      within(async (session) => {
        await apply(session, base)
        const twice = async (call: () => Promise<unknown>) => {
          await call()
          return await call()
        }
        const { verbs, trouble } = await session.destroy(declared(base), { around: { delete: twice } })
        expect(trouble).toBe('')
        expect(verbs.length <= 1).toBe(true)
      }),
    )

    for (const ms of contract.killAfter ?? [0, 2, 10, 50]) {
      it(
        `killed ${ms} ms after a change began, the next apply converges`,
        within(async (session) => {
          for (const inputs of [base, changed, base]) {
            await session.apply(declared(inputs), { abortAfter: ms, allowDataLoss: [SUBJECT] })
            await apply(session, inputs, { allowDataLoss: [SUBJECT] })
            await expectNothingToDo(session, inputs)
          }
        }),
      )
    }

    it(
      'killed at any entry of the journal, the next apply converges',
      within(async (session) => {
        for (const recorded of [false, true]) {
          for (const inputs of [base, changed, { ...base, ...contract.replacement }, base]) {
            for (let append = 0, crashed = true; crashed && append < 20; append++) {
              const allowDataLoss = [SUBJECT]
              ;({ crashed } = await session.apply(declared(inputs), { crash: { append, recorded }, allowDataLoss }))
              await apply(session, inputs, { allowDataLoss })
              await expectNothingToDo(session, inputs)
              if (crashed) await apply(session, inputs === base ? changed : base, { allowDataLoss })
            }
          }
        }
      }),
    )

    it(
      'reads answer the same again, and change nothing',
      within(async (session) => {
        await apply(session, { ...base, ...(combined || {}) })
        const before = await outside.snapshot?.()
        const first = await session.observe(declared(base))
        const second = await session.observe(declared(base))
        for (const volatile of contract.volatile ?? []) {
          delete first[volatile]
          delete second[volatile]
        }
        expect(second).toEqual(first)
        if (outside.snapshot) expect(await outside.snapshot()).toEqual(before)
      }),
    )

    it(
      'a check has an answer, and changes nothing',
      within(async (session) => {
        if (!session.type.check) return
        await apply(session, base)
        const before = await outside.snapshot?.()
        expect((await session.check(declared(base)))?.status).toBe('done')
        if (outside.snapshot) expect(await outside.snapshot()).toEqual(before)
      }),
    )

    it(
      'what is there says how it is doing, and nothing is changed by that',
      within(async (session) => {
        await apply(session, base)
        const before = await outside.snapshot?.()
        const status = await session.status(declared(base))
        expect(status?.status).toBe('present')
        expect(status?.health !== undefined).toBe(session.type.health !== undefined)
        expect(status?.health?.state === 'unknown').toBe(false)
        if (outside.snapshot) expect(await outside.snapshot()).toEqual(before)
      }),
    )

    it(
      "another lab's object is neither changed nor deleted",
      within(async (session) => {
        const other = openSession(session.type, 'lares-contract-other', secrets)
        const theirs = { ...base, ...(combined || {}) }
        await apply(other, theirs)
        try {
          const step = await session.apply(declared(base))
          const { ownership = 'exclusive' } = session.type
          if (ownership === 'exclusive') {
            expect(step.verbs.filter((verb) => verb !== 'create')).toEqual([])
            if (step.verbs.length === 0) expect(step.trouble.includes('already_exists')).toBe(true)
            await session.destroy(declared(base))
            await expectNothingToDo(other, theirs)
          }
          if (ownership === 'asserted') {
            await session.destroy(declared(base))
            expect((await other.plan(declared(theirs))).nodes.some(({ action }) => action === 'create')).toBe(false)
          }
        } finally {
          await other.destroy(declared(theirs))
        }
      }),
    )

    if (outside.plant && outside.remove) {
      it('what was made by hand is taken over only when asked', async () => {
        const session = openSession(typeOf(declared(base)), 'lares-contract', secrets)
        await outside.plant!()
        try {
          const planted = await outside.snapshot?.()
          const step = await session.apply(declared(changed))
          if ((session.type.ownership ?? 'exclusive') === 'exclusive') {
            expect(step.trouble.includes('already_exists')).toBe(true)
            expect(step.verbs).toEqual([])
            if (outside.snapshot) expect(await outside.snapshot()).toEqual(planted)
            await apply(session, changed, { adopt: [SUBJECT], allowDataLoss: [SUBJECT] })
          }
          await expectNothingToDo(session, changed)
        } finally {
          await session.destroy(declared(changed))
          await outside.remove!()
        }
      })
    }
    if (outside.remove) {
      it(
        'what was removed by hand comes back',
        within(async (session) => {
          await apply(session, base)
          await outside.remove!()
          expect((await apply(session, base)).verbs).toEqual([contract.there ? 'update' : 'create'])
          await expectNothingToDo(session, base)
        }),
      )
    }

    if (Object.keys(secrets).length > 0) {
      it(
        'no secret is shown or recorded',
        within(async (session) => {
          for (const inputs of sets.map(([, inputs]) => inputs).filter((inputs) => secretsIn(inputs).length > 0)) {
            const fails = once(async (call) => {
              await call()
              throw Object.assign(new Error(`the tool said ${secretsIn(inputs).join(' ')}`), { code: 'told' })
            })
            const allowDataLoss = [SUBJECT]
            await session.apply(declared(inputs), { around: { create: fails, update: fails }, allowDataLoss })
            await apply(session, inputs, { allowDataLoss })
            await apply(session, base, { allowDataLoss })
            await session.destroy(declared(base))
            await apply(session, inputs)
          }
          await session.destroy(declared(base))
          const shown = await session.shown()
          expect(leaksOf(shown, secrets)).toEqual([])
        }),
      )
    }

    it(
      'the identity stays, and is all that a read needs',
      within(async (session) => {
        await apply(session, base)
        const before = await session.record()
        const single = await session.observe(declared(base))
        const many = await session.observe(declared(base), 'several')
        for (const volatile of contract.volatile ?? []) {
          delete single[volatile]
          delete many[volatile]
        }
        expect(many).toEqual(single)
        await apply(session, base)
        expect((await session.record())?.identity).toBe(before?.identity)
      }),
    )

    it(
      'what is predicted comes true',
      within(async (session) => {
        if (!session.type.predict) return
        for (const [, inputs] of sets) {
          const predicted = session.predict(declared(inputs))
          await apply(session, inputs, { allowDataLoss: [SUBJECT] })
          const attributes = await session.observe(declared(inputs))
          for (const [name, value] of Object.entries(predicted)) expect([name, attributes[name]]).toEqual([name, value])
        }
      }),
    )

    it(
      'what is listed can be imported',
      within(async (session) => {
        const { list, inputsOf } = session.type
        if (!list) return
        await apply(session, changed)
        const found = await session.list(declared(changed))
        const mine = found.find(({ identity }) => identity === session.identityOf(declared(changed)))
        expect(mine !== undefined).toBe(true)
        if (!inputsOf || !mine) return
        expect(session.type.inputs.safeParse(mine.inputs).error?.message).toBe(undefined)
      }),
    )
  })
}

type Call = () => Promise<unknown>

/** Does something else with the first call. */
const once = (first: (call: Call) => Promise<unknown>) => {
  let done = false
  return (call: Call): Promise<unknown> => {
    if (done) return call()
    done = true
    return first(call)
  }
}

/** Names of the secrets that stand in the text, as they are or as they are often written. */
const leaksOf = (text: string, secrets: Record<string, string>): string[] =>
  Object.entries(secrets).flatMap(([name, value]) => {
    const bytes = Buffer.from(value)
    const forms = [value, encodeURIComponent(value), bytes.toString('base64').replace(/=+$/, ''), bytes.toString('hex')]
    return forms.some((form) => text.includes(form)) ? [name] : []
  })
