import type { z } from 'zod'
import type { DiagnosticInput } from './diagnostics.ts'
import type { Duration } from './duration.ts'
import type { Health } from './health.ts'
import type { InUse } from './in-use.ts'
import type { Plugin } from './plugin.ts'
import type { Provider } from './provider.ts'
import type { Json } from './value.ts'

// biome-ignore lint/suspicious/noExplicitAny: the one place where the parameters are erased
type Erased = any

/** Whose an object is. Objects that can carry a mark carry this. */
export interface Owner {
  lab: string
  address: string
}

/** How disruptive an action is. `live`: nothing stops; `restart`: the object is stopped and started; `replace`: a new one takes its place. */
export type Effect = 'live' | 'restart' | 'replace'

/** One attribute that differs. `before` and `after` are plain data, undefined when absent, UNKNOWN when not known yet. */
export interface Change {
  /** As `formatPath` writes it. */
  path: string
  before?: unknown
  after?: unknown
  effect: Effect
  cause: 'changed' | 'drifted' | 'unset' | 'dependency replaced'
  /** Both sides are secret and shown masked. */
  secret?: boolean
  /** Why this effect, when the path alone does not say it. */
  note?: string
  /** The change is one of a part, such as a container of a project: what is done with it. */
  action?: 'create' | 'update' | 'replace' | 'delete'
  /** The part whose data it loses: it is made only with consent, `--allow-data-loss ADDRESS/PART`. */
  loses?: string
  /** What differs in a part. */
  nested?: Change[]
}

export interface ContextBase<C, S> {
  address: string
  owner: Owner
  connection: C
  signal: AbortSignal
  /** Tells the user what is going on while it takes long. */
  log(message: string): void
  /** The connection that this resource itself provides; shared with all that is on it. */
  self(attributes?: Record<string, unknown>): Promise<S>
}

export interface ReadContext<I, A, C, S = unknown> extends ContextBase<C, S> {
  /** The natural key of the object. */
  identity: string
  /** What was recorded when it was last read or changed; secret leaves are masked. Undefined while a creation's outcome is not known. */
  recorded: A | undefined
  /** A creation was begun and nobody knows whether it was done: where new objects show late, look longer. */
  interrupted: boolean
  /** Undefined while an input is unknown. A type that cannot read without says `readsInputs`. */
  inputs: I | undefined
  /** What was recorded of the objects that this one takes the place of, until they are gone: under one key there may be several. */
  superseded: readonly A[]
}

export interface PrepareContext<I, C, S = unknown> extends ContextBase<C, S> {
  inputs: I
  /** Says what does not keep the resource from being applied: with the plan, or where it was asked for. */
  warn(diagnostic: DiagnosticInput): void
}

/** `Q` is what the type's `prepare` returns. */
export interface DiffContext<I, A, Q = unknown> {
  address: string
  owner: Owner
  /** Inputs with defaults; leaves may be UNKNOWN. */
  desired: I
  /** Only what the user wrote; the same values as in `desired`. */
  set: Record<string, unknown>
  /** What the user had written when it was last applied; secret leaves are recorded secrets. Undefined when never applied. */
  recorded: Record<string, unknown> | undefined
  recordedAttributes: A | undefined
  observed: A
  /** What `prepare` returned, and what it returned when the object was last applied. */
  prepared: Q | undefined
  recordedPrepared: Q | undefined
  /** The default comparison, for types that only add to it. */
  diff(options?: { desired?: Record<string, unknown>; observed?: unknown; skip?: readonly string[] }): Change[]
}

/** What a creation is described from. */
export type OutlineContext<I, Q = unknown> = Pick<
  DiffContext<I, never, Q>,
  'address' | 'owner' | 'desired' | 'set' | 'prepared'
>

export interface CreateContext<I, C, S = unknown, Q = unknown> extends ContextBase<C, S> {
  inputs: I
  prepared: Q | undefined
}

export interface UpdateContext<I, A, C, S = unknown, Q = unknown> extends CreateContext<I, C, S, Q> {
  observed: A
  changes: readonly Change[]
}

export interface DeleteContext<I, A, C, S = unknown> extends ContextBase<C, S> {
  identity: string
  observed: A
  /** The recorded inputs, secrets read again; undefined where they no longer validate. */
  inputs: I | undefined
  /** Stateful parts that the user did not name: they stay. */
  keep: readonly string[]
}

export interface ReadyContext<I, A, C, S = unknown> extends ContextBase<C, S> {
  inputs: I
  attributes: A
}

/** What is told of an object that is there. */
export interface ObjectContext<I, A, C, S = unknown> extends ContextBase<C, S> {
  /** The natural key of the object. */
  identity: string
  /** What was applied last, secrets read again; undefined where that is not known or no longer validates. */
  inputs: I | undefined
  observed: A
}

/** A question that is put to many objects at once. */
export interface InquiryContext<I, A, C, S = unknown> extends ObjectContext<I, A, C, S> {
  /** Asks once for all resources of the inquiry: who gives the same key gets the same answer. The signal is that of the inquiry. */
  once<T>(key: string, ask: (signal: AbortSignal) => T): T
}

export interface ActionContext<I, A, C, S = unknown, O = Record<string, unknown>> extends ObjectContext<I, A, C, S> {
  options: O
  /** Further words, such as a command. */
  words: readonly string[]
  /** What was piped in; undefined when nothing was. */
  input: AsyncIterable<Uint8Array> | undefined
  /** Says something, as it is: nothing is masked. */
  write(chunk: Uint8Array | string, to: 'stdout' | 'stderr'): void
}

/** Something to do with an object besides bringing it about, such as `restart` or `logs`: `lares run ADDRESS ACTION`. */
export interface ResourceAction<I = Erased, A = Erased, C = Erased, S = Erased, O extends z.ZodObject = z.ZodObject> {
  /** One line for help. */
  description: string
  /** What can be said to it: booleans, text, and numbers with `z.coerce`. */
  options?: O
  /** What the further words are, for help: `COMMAND...`, or `[NAME]` where they can be left out; without it there may be none. */
  words?: string
  /** It only looks, so it needs no lock. */
  readOnly?: boolean
  /** Resolves with an exit code; nothing stands for 0. Aborting the signal ends it. */
  run(context: ActionContext<I, A, C, S, z.output<O>>): Promise<number | undefined>
}

/** What a stop or a start is told. */
export type LifecycleContext<I, A, C, S = unknown> = ObjectContext<I, A, C, S>

/** How an object is stopped and started again, for `lares stop` and `lares start`. Nothing is made by it, and nothing lost. */
export interface Lifecycle<I, A, C, S> {
  /** Pure. */
  isRunning(attributes: A): boolean
  /** Pure. False: it is declared not to run, or is through with what it had to do, so that a start leaves it. Not asked of what a stop has stopped. */
  isWanted?(inputs: I, observed: A | undefined): boolean
  /** Pure. Why it is left running by a stop, in words: nothing could start it again. */
  stays?(inputs: I): string | undefined
  /** Pure. What a stop would lose, in words. */
  loses?(observed: A): string | undefined
  /** The input whose ref names what powers it: that is stopped after it, with it, and started before it. */
  poweredBy?: string
  /** Gracefully; resolves once it no longer runs. */
  stop(context: LifecycleContext<I, A, C, S>): Promise<unknown>
  /** Resolves once it runs, and is read then; `ready` tells when it may be used. */
  start(context: LifecycleContext<I, A, C, S>): Promise<unknown>
}

/** Something that only one resource of the lab may have: a port of a host, an address, a name. */
export interface Claim {
  kind: string
  /** `connection`: unique on the machine or account; `lab`: unique in the whole lab. */
  scope: 'connection' | 'lab'
  key: string
  /** Others may claim it as well: it only answers what others need. */
  shared?: boolean
  /** What to do when two want it. */
  advice?: string
}

export interface Listed<A> {
  identity: string
  attributes: A
  /** A name for it in a config. */
  name: string
}

/** A resource that is itself a connection, as a guest is a host. */
export interface Provides<P extends string, I, A, S = unknown> {
  provider: Provider<P, S>
  /** Where that provider connects to. Undefined while the object has no address. Attributes are missing before the first read. */
  endpoint(context: { inputs: I; attributes: A | undefined }): unknown
  /** Deleting this object destroys what is on it, so nothing on it needs to be deleted one by one. */
  destroysContents?: boolean
}

/** How objects are read: one by one, or all that are asked for on one connection in one call, answered in the order of the questions. */
type Readable<I, A, R, C, S> =
  | { read(context: ReadContext<I, A, C, S>): Promise<R | null>; readMany?: undefined }
  | { readMany(contexts: readonly ReadContext<I, A, C, S>[]): Promise<(R | null | Error)[]>; read?: undefined }

/** How objects are changed: one by one, or several as one transaction. */
type Changeable = { create: Given; delete: Given; batch?: undefined } | { batch: Given }
type Given = NonNullable<unknown>

/** What a kind of thing is. Everything after `identity` is an optional capability. */
export interface ResourceTraits<
  T,
  I extends z.ZodObject,
  A extends z.ZodObject,
  N extends string,
  C,
  P extends string,
  S,
  Q,
> {
  type: T
  /** One line for reference docs. */
  description?: string
  /** What its tests run on: the real part, recorded answers, or nothing that would prove it. Shown to users. */
  proof?: 'real' | 'recorded' | 'unverified'
  /** Of what state records; raise it together with `migrate`. */
  version?: number
  provider?: Provider<N, C>
  inputs: I
  attributes: A
  /** The natural key of the object within its connection. */
  identity(inputs: z.output<I>, owner: Owner): string
  /**
   * What tells an object from every other one, whatever it is called: an id that it was given. Then another natural key is
   * an update and no replacement; reads look for the object that `recorded` tells of before they look for the key.
   */
  id?(attributes: z.output<A>): string
  /** `exclusive` (default): ours or refused. `shared`: our part of one document. `asserted`: taken as found; only what we created is deleted. */
  ownership?: 'exclusive' | 'shared' | 'asserted'
  /** Input paths whose change needs a new object. */
  replaceOn?: readonly string[]
  /** Input paths whose change stops and starts the object. */
  restartOn?: readonly string[]
  /** What becomes of an input that was set and is no longer: back to its default (default), or let go as it is. */
  whenUnset?: 'reset' | 'release'
  create?(context: CreateContext<z.output<I>, C, S, NoInfer<Q>>): Promise<z.input<A>>
  /** Without it and without `batch` every change is a replacement. */
  update?(context: UpdateContext<z.output<I>, z.output<A>, C, S, NoInfer<Q>>): Promise<z.input<A>>
  delete?(context: DeleteContext<z.output<I>, z.output<A>, C, S>): Promise<void>
  /** In place of these three: several changes of one connection as one transaction. Answers in the order of the items; null for a deletion. */
  batch?(
    items: readonly BatchItem<z.output<I>, z.output<A>, C, S, NoInfer<Q>>[],
  ): Promise<(z.input<A> | null | Error)[]>
  /** Replaces in one go, keeping the old object until the new one is good, and its stateful parts. Without it: delete then create, or see `createFirst`. */
  replace?(context: UpdateContext<z.output<I>, z.output<A>, C, S, NoInfer<Q>>): Promise<z.input<A>>
  /**
   * Old and new can exist side by side, so a replacement is created before the old object is deleted. Where both may have
   * one identity: what tells one from the other, such as an id. Reads and `delete` then look for the one that `recorded`
   * or `observed` tells of, and without it for one that is not among the `superseded`.
   */
  createFirst?: true | ((attributes: z.output<A>) => string)
  /** A read cannot do without `inputs`, so it waits until the refs in them are known. */
  readsInputs?: boolean
  /** The owner mark that the object carries. */
  owner?(attributes: z.output<A>): Owner | undefined
  /** Attributes that are known before the object is created. */
  predict?(inputs: z.output<I>, owner: Owner): Partial<z.output<A>>
  /** Digests of files and the like that a diff needs, as plain data; runs before the plan is made, and state keeps it. */
  prepare?(context: PrepareContext<z.output<I>, C, S>): Promise<Q>
  /** Pure. Replaces the default comparison of what the user set with what is there. */
  diff?(context: DiffContext<z.output<I>, z.output<A>, NoInfer<Q>>): Change[]
  /** Pure. What a creation will make, where that is more than one thing. */
  outline?(context: OutlineContext<z.output<I>, NoInfer<Q>>): Change[]
  /** Resolves when dependents may use the object. */
  ready?(context: ReadyContext<z.output<I>, z.output<A>, C, S>): Promise<void>
  provides?: Provides<P, z.output<I>, z.output<A>, S>
  /** Deleting it loses data: all of it (true), or the parts that are named. */
  stateful?: boolean | ((attributes: z.output<A>) => readonly string[])
  list?(connection: C, signal: AbortSignal): Promise<Listed<z.input<A>>[]>
  /** The inputs that would give such an object, for import. */
  inputsOf?(attributes: z.output<A>): Partial<z.input<I>>
  /** What no other resource may have. Asked before anything is read, and again with what `prepare` returned. */
  claims?(inputs: z.output<I>, prepared?: NoInfer<Q>): readonly Claim[]
  /**
   * What others claim and this one uses without a ref to them, such as the place of a mount: it is made after them, goes
   * before them, and they are not deleted while it stays. What nobody of the lab claims is no matter.
   */
  needs?(inputs: z.output<I>, prepared?: NoInfer<Q>): readonly Claim[]
  /** Brings a record of an older version to this one. */
  migrate?(record: { version: number; inputs: Json; attributes: Json }): { inputs: Json; attributes: Json }
  /** It runs, and can be stopped and started. */
  lifecycle?: Lifecycle<z.output<I>, z.output<A>, C, S>
  /** Limits in place of the engine's. */
  timeouts?: Timeouts
  actions?: { readonly [name: string]: ResourceAction<z.output<I>, z.output<A>, C, S, Erased> }
  /** What the object uses, and what newer there is of it; an error stands for what could not be found out. Only reads. */
  outdated?(context: InquiryContext<z.output<I>, z.output<A>, C, S>): Promise<readonly (InUse | Error)[]>
  /**
   * How the object is doing, and the alerts that it raises or knows of, those of others too, for `lares status`. Only reads,
   * within `timeouts.read` or 30 seconds; asked of what is there. What one call tells of many objects belongs into `readMany`,
   * or is asked for `once`.
   */
  health?(context: InquiryContext<z.output<I>, z.output<A>, C, S>): Promise<Health>
  /**
   * Warns of what is no part of the object and keeps it from being of use, such as a firewall, for `lares doctor`. Only
   * reads; asked as soon as all inputs are known, whether the object is there or not.
   */
  check?(context: PrepareContext<z.output<I>, C, S>): Promise<void>
}

/** One resource type: a kind of thing, how it is read, and how it is changed. */
export type ResourceDefinition<
  T extends string = string,
  I extends z.ZodObject = z.ZodObject,
  A extends z.ZodObject = z.ZodObject,
  N extends string = string,
  C = unknown,
  P extends string = string,
  S = unknown,
  Q = unknown,
> = ResourceTraits<T, I, A, N, C, P, S, Q> & Readable<z.output<I>, z.output<A>, z.input<A>, C, S> & Changeable

export type BatchItem<I, A, C, S = unknown, Q = unknown> =
  | { verb: 'create'; context: CreateContext<I, C, S, Q> }
  | { verb: 'update'; context: UpdateContext<I, A, C, S, Q> }
  | { verb: 'delete'; context: DeleteContext<I, A, C, S> }

export const verbs = ['read', 'create', 'update', 'delete', 'ready', 'stop', 'start'] as const
export type Verb = (typeof verbs)[number]
export type Timeouts = Partial<Record<Verb, Duration>>

/** A definition whose parameters are forgotten, as the engine sees it. Every method is called with what its schemas validated. */
export type ResourceType = ResourceTraits<string, z.ZodObject, z.ZodObject, string, Erased, string, Erased, Erased> &
  Readable<Erased, Erased, Erased, Erased, Erased> &
  Changeable & { readonly plugin?: Plugin }

export const defineResource = <
  const T extends string,
  I extends z.ZodObject,
  A extends z.ZodObject,
  N extends string = 'nothing',
  C = undefined,
  const P extends string = 'nothing',
  S = undefined,
  Q = unknown,
>(
  definition: ResourceDefinition<T, I, A, N, C, P, S, Q>,
): ResourceDefinition<T, I, A, N, C, P, S, Q> => definition
