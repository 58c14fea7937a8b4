import type { Check } from '../checks.ts'
import { defineLab, type Lab } from '../config.ts'
import { type AnyResource, declarationOf } from '../declaration.ts'
import { createEngine, type EnginePlanOptions } from '../engine.ts'
import type { ApplyResult } from '../events.ts'
import type { ResourceStatus } from '../health.ts'
import type { Discovered } from '../inquiries.ts'
import { buildModel, identityOf } from '../model.ts'
import type { Plan } from '../plan.ts'
import { containsExpression } from '../ref.ts'
import type { ResourceType } from '../resource.ts'
import { checkInputs } from '../schema.ts'
import { labKey } from '../secret.ts'
import type { ResourceRecord } from '../state.ts'
import { memoryStore } from './store.ts'
import { changesText } from './test-engine.ts'

type Call = () => Promise<unknown>
export type ChangingVerb = 'create' | 'update' | 'replace' | 'delete'

/** What becomes of the calls of a type's verb: called with the real call, answers in its place. */
export type Around = Partial<Record<ChangingVerb, (call: Call) => Promise<unknown>>>

export interface StepOptions extends EnginePlanOptions {
  around?: Around
  /** Milliseconds after the first changing call began, when all of the run is aborted. */
  abortAfter?: number
  /** The append to the journal at which the store dies, which is recorded or not. */
  crash?: { append: number; recorded: boolean }
}

export interface Step {
  plan: Plan
  result: ApplyResult
  /** What was not done, and why; empty when everything was. */
  trouble: string
  /** Names of the verbs that were called, in order. */
  verbs: ChangingVerb[]
  crashed: boolean
}

/** One lab in memory that a contract test applies step by step. */
export interface Session {
  readonly type: ResourceType
  plan(resource: AnyResource, options?: EnginePlanOptions): Promise<Plan>
  /** The plan as text, without what stays as it is. */
  planText(resource: AnyResource, options?: EnginePlanOptions): Promise<string>
  apply(resource: AnyResource, options?: StepOptions): Promise<Step>
  destroy(resource: AnyResource, options?: StepOptions): Promise<Step>
  record(): Promise<ResourceRecord | undefined>
  /** The attributes of the object as they are read now; `among`: where the type reads many, as one of several. */
  observe(resource: AnyResource, among?: 'several'): Promise<Record<string, unknown>>
  /** The attributes that are known before it is created. */
  predict(resource: AnyResource): Record<string, unknown>
  list(resource: AnyResource): Promise<Discovered[]>
  /** What its type says of what is around the object; undefined where it does not look. */
  check(resource: AnyResource): Promise<Check | undefined>
  /** What is there, and how it says that it is doing. */
  status(resource: AnyResource): Promise<ResourceStatus | undefined>
  identityOf(resource: AnyResource): string | undefined
  /** The state is lost. */
  forgetAll(): void
  /** Everything that was ever shown or recorded, as text. */
  shown(): Promise<string>
}

/** The address of the resource under test. */
export const SUBJECT = 'subject'

export function openSession(type: ResourceType, lab: string, secrets: Record<string, string>): Session {
  let store = memoryStore(lab)
  const journals: unknown[] = []
  const shown: unknown[] = []

  const engineWith = (abort?: AbortSignal) =>
    createEngine({
      store,
      key: labKey('key-of-the-contract'),
      readSecret: async (source) => {
        const value = 'env' in source ? secrets[source.env] : undefined
        if (value === undefined) throw new Error('not among the secrets of the contract')
        return value
      },
      onEvent: (event) => shown.push(event),
      ...(abort ? { abort, signal: abort } : {}),
    })

  const labOf = (resource: AnyResource): Lab => defineLab({ name: lab, resources: resource })

  async function plan(resource: AnyResource, options?: EnginePlanOptions): Promise<Plan> {
    const planned = await engineWith().plan(labOf(resource), options)
    await planned.close()
    shown.push(planned.plan)
    return planned.plan
  }

  async function apply(resource: AnyResource, options: StepOptions = {}): Promise<Step> {
    const { around = {}, abortAfter, crash, ...planOptions } = options
    const control = new AbortController()
    const verbs: ChangingVerb[] = []
    let timer: NodeJS.Timeout | undefined
    const watch = (verb: ChangingVerb, call: Call): Promise<unknown> => {
      verbs.push(verb)
      if (abortAfter !== undefined) timer ??= setTimeout(() => control.abort(new Error('killed')), abortAfter)
      const other = around[verb]
      return other ? other(call) : call()
    }
    const watched = intercept(labOf(resource), watch)
    const planned = await engineWith(control.signal).plan(watched, planOptions)
    if (crash) store.crashAfter(crash.append, { recorded: crash.recorded })
    let result: ApplyResult
    try {
      result = await planned.apply()
    } catch (error) {
      if (!store.crashed) throw error
      result = { done: 0, failed: 1, skipped: 0, unreachable: 0, cancelled: false, outputs: {}, diagnostics: [] }
    } finally {
      clearTimeout(timer)
      await planned.close().catch(() => {})
    }
    const { crashed } = store
    // Without a crash this only takes back one that has not struck.
    if (crash) {
      journals.push(...store.journal)
      store = store.reopen()
    }
    shown.push(planned.plan, result)
    return { plan: planned.plan, result, trouble: troubleOf(planned.plan, result), verbs, crashed }
  }

  return {
    type,
    plan,
    apply,
    async planText(resource, options) {
      const planned = await plan(resource, options)
      const trouble = planned.diagnostics.map(({ code, summary }) => `${code}: ${summary}`)
      return [changesText(planned), ...trouble].filter(Boolean).join('\n')
    },
    destroy: (resource, options) =>
      apply(resource, { mode: 'destroy', allowDataLoss: everythingIn(resource), ...options }),
    record: async () => (await store.read()).resources[SUBJECT],
    async observe(resource, among) {
      let seen: Record<string, unknown> | undefined
      const keep = <A>(attributes: A): A => {
        if (attributes && !(attributes instanceof Error)) seen = attributes as Record<string, unknown>
        return attributes
      }
      const seeing = replaceType(labOf(resource), (type) => {
        const { read, readMany } = type
        if (!readMany) return { ...type, read: async (ctx) => keep(await read(ctx)) }
        const readSeveral: typeof readMany = async (all) =>
          among ? (await readMany([...all, ...all])).slice(all.length) : await readMany(all)
        return { ...type, readMany: async (all) => (await readSeveral(all)).map(keep) }
      })
      const planned = await engineWith().plan(seeing)
      await planned.close()
      return structuredClone(seen) ?? {}
    },
    predict(resource) {
      const declaration = declarationOf(resource)!
      const { value } = checkInputs(type.inputs, declaration.inputs, SUBJECT)
      return containsExpression(value) ? {} : (type.predict?.(value as never, { lab, address: SUBJECT }) ?? {})
    },
    identityOf(resource) {
      const { value } = checkInputs(type.inputs, declarationOf(resource)!.inputs, SUBJECT)
      return identityOf(type, value, { lab, address: SUBJECT })
    },
    list: (resource) => engineWith().list(labOf(resource), type.type, declarationOf(resource)!.on?.address),
    async check(resource) {
      const { resources } = await engineWith().probe(labOf(resource))
      shown.push(resources)
      return resources.find(({ address }) => address === SUBJECT)
    },
    async status(resource) {
      const { resources, diagnostics } = await engineWith().status(labOf(resource), [SUBJECT])
      shown.push(resources, diagnostics)
      return resources.find(({ address }) => address === SUBJECT)
    },
    forgetAll() {
      journals.push(...store.journal)
      store = memoryStore(lab)
    },
    shown: async () => JSON.stringify([shown, journals, store.journal, await store.read()]),
  }

  function everythingIn(resource: AnyResource): string[] {
    const parts = store.journal.flatMap((entry) => {
      if (entry.op === 'outputs' || entry.op === 'stopped' || !entry.record || entry.record.pending === 'create')
        return []
      const { stateful } = buildModel(labOf(resource)).model.resources.get(entry.address)?.type ?? {}
      if (typeof stateful !== 'function') return []
      return stateful(entry.record.attributes as never).map((part) => `${entry.address}/${part}`)
    })
    return [...new Set([...labOf(resource).declarations.map(({ address }) => address), ...parts])]
  }
}

/** The lab with the verbs of its subject under watch. */
const intercept = (lab: Lab, watch: (verb: ChangingVerb, call: Call) => Promise<unknown>): Lab =>
  replaceType(lab, (type) => {
    const verbs = (['create', 'update', 'replace', 'delete'] as const).filter((verb) => type[verb])
    const calls = verbs.map((verb) => [verb, (ctx: never) => watch(verb, () => type[verb]!(ctx))])
    const batch: ResourceType['batch'] = (items) =>
      watch(items[0]!.verb, () => type.batch!(items)) as ReturnType<NonNullable<ResourceType['batch']>>
    return { ...type, ...Object.fromEntries(calls), ...(type.batch ? { batch } : {}) }
  })

const replaceType = (lab: Lab, change: (type: ResourceType) => ResourceType): Lab => ({
  ...lab,
  declarations: lab.declarations.map((declaration) =>
    declaration.address === SUBJECT ? { ...declaration, type: change(declaration.type as ResourceType) } : declaration,
  ),
})

function troubleOf({ nodes, diagnostics }: Plan, result: ApplyResult): string {
  const blocked = nodes.flatMap((node) => (node.blocked ? [`${node.id} is blocked: ${node.blocked}`] : []))
  const said = [...diagnostics, ...result.diagnostics].map(({ code, summary, detail }) =>
    [code, summary, detail].filter(Boolean).join(': '),
  )
  const counts = (['failed', 'skipped', 'unreachable'] as const).flatMap((key) =>
    result[key] > 0 ? [`${key}: ${result[key]}`] : [],
  )
  return [...new Set([...blocked, ...counts, ...said])].join('\n')
}

export function typeOf(resource: AnyResource): ResourceType {
  const declaration = declarationOf(resource)
  if (declaration?.address !== SUBJECT) throw new Error(`The contract must be given a resource named "${SUBJECT}"`)
  return declaration.type as ResourceType
}
