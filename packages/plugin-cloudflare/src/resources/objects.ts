import type {
  Change,
  CreateContext,
  DeleteContext,
  DiffContext,
  Listed,
  Owner,
  ReadContext,
  UpdateContext,
} from '@lares/core'
import { parsePath } from '@lares/core'
import { type Cloudflare, CloudflareError, type Collection, type Item, isCloudflareError } from '../client/index.ts'
import { lookAgain, whenLate } from '../client/late.ts'
import { asWritten, changeFields, type Fields, readFields, writeFields } from './fields.ts'
import { nameOf } from './names.ts'

/** What objects of one kind have in common, whatever they are: they are listed, have an id, and can carry no mark. */
export interface Kind<I> {
  fields: Fields
  collection(account: Cloudflare): Collection
  /** The natural keys by which it can be found, as the type's `identity` makes them; the usual one first. */
  keysOf(item: Item): readonly [string, ...string[]]
  /** The same of what was recorded, where another key means another object. Without it, an object is the same whatever it is called. */
  keyOfRecorded?(attributes: never): string
  /** Keys that nothing else can have while it is there. Only of what carries a mark that tells whose it is. */
  occupies?(item: Item): readonly string[]
  /** What only the API tells, besides id and fields. */
  tells?(item: Item): Record<string, unknown>
  /** What goes into a body besides: on a change, from what was there and the names of the inputs that differ. */
  adds?(inputs: I, before?: Item, changed?: ReadonlySet<string>): Record<string, unknown>
  /** What the API tells and does not take back. */
  readOnly?: readonly string[]
}

type Attributes = { id: string }
type Question<I, A> = ReadContext<I, A, Cloudflare>

/** Refused because of something that the body refers to, which may have been made a moment ago. */
const isReferenceLate = (error: unknown): boolean =>
  isCloudflareError(error, 'invalid', 'not_found') && / [\w-]{32,36} not found/.test(error.message)

/** A wait that Cloudflare asks for lasts up to 5 minutes. */
export const timeouts = { read: '7m', create: '10m', update: '10m', delete: '10m' } as const

export const attributesOf = <I>({ fields, tells }: Kind<I>, item: Item): never =>
  ({ id: item.id, ...readFields(fields, item), ...tells?.(item) }) as never

/** True when what was recorded is what is asked for now, and not what was there under another key. */
const isOf = (identity: string, recorded: Attributes, keyOfRecorded: Kind<never>['keyOfRecorded']): boolean =>
  (keyOfRecorded?.(recorded as never) ?? identity) === identity

/** The one that was recorded, whatever it is called; else the one of this key. */
function find<I, A extends Attributes>(
  { keysOf, keyOfRecorded, occupies }: Kind<I>,
  items: readonly Item[],
  noun: string,
  { identity, recorded, superseded }: Question<I, A>,
): Item | undefined {
  const isMeant = recorded !== undefined && isOf(identity, recorded, keyOfRecorded)
  // Another one of that name is another object: it may be the one that takes its place.
  const same = isMeant ? items.find(({ id }) => id === recorded.id) : undefined
  if (same || (isMeant && !occupies)) return same
  const former = superseded.map(({ id }) => id)
  const found = items.filter((item) => keysOf(item).includes(identity) && !former.includes(item.id))
  if (found.length === 0) return items.find((item) => occupies?.(item).includes(identity))
  if (found.length === 1) return found[0]
  throw new CloudflareError('ambiguous', `There are ${found.length} of ${noun} "${identity}"`, {
    detail: found.map(({ id }) => id).join('\n'),
    advice: 'Cloudflare allows that, but then a name does not tell which one is meant: rename or remove the others.',
  })
}

/** Names are the resource's own where none is said. */
const named = <I extends object>(fields: Fields, inputs: I, owner: Owner): I =>
  'name' in fields ? { ...inputs, name: nameOf(inputs, owner) } : inputs

/** Compares with what is there, whatever way it is written. */
export const compare =
  <I, A>(fields: Fields) =>
  ({ desired, recorded, observed, owner, set, diff }: DiffContext<I, A>): Change[] => {
    const changes = diff({ observed: asWritten(fields, observed as never, desired as never, recorded) })
    const wanted = named(fields, desired as Record<string, unknown>, owner)
    const unsaid = Object.keys(fields).filter(
      (name) => set[name] === undefined && (name === 'name' || fields[name]?.always),
    )
    const kept = changes.filter(({ path }) => !unsaid.includes(path))
    const differing = unsaid.flatMap((path): Change[] => {
      const [before, after] = [(observed as Record<string, unknown>)[path], wanted[path]]
      const { cause } = changes.find((change) => change.path === path) ?? { cause: 'drifted' as const }
      return before === after ? [] : [{ path, before, after, effect: 'live', cause }]
    })
    return [...kept, ...differing]
  }

/** The verbs of a type whose objects are a collection. */
export function objectVerbs<I extends object, A extends Attributes>(kind: Kind<I>) {
  const { fields } = kind

  async function readMany(contexts: readonly Question<I, A>[]): Promise<(never | null | Error)[]> {
    const [{ connection, signal, log }] = contexts as [Question<I, A>]
    const collection = kind.collection(connection)
    const ask = { signal, log }
    const found = await lookAgain(
      signal,
      async (again) => {
        if (again) collection.forget()
        const items = await collection.list(ask)
        return contexts.map((context) => {
          try {
            return find(kind, items, collection.noun, context)
          } catch (error) {
            return error as Error
          }
        })
      },
      (found) => {
        const missing = contexts.find(
          ({ identity, recorded, interrupted }, i) =>
            found[i] === undefined && ((recorded && isOf(identity, recorded, kind.keyOfRecorded)) || interrupted),
        )
        return missing && { what: `${collection.noun} "${missing.identity}" is not there`, log: missing.log }
      },
    )
    return found.map((item) => (item === undefined ? null : item instanceof Error ? item : attributesOf(kind, item)))
  }

  return {
    timeouts,
    readMany,
    async create({ connection, inputs, owner, signal, log }: CreateContext<I, Cloudflare>) {
      const body = { ...writeFields(fields, named(fields, inputs, owner) as never), ...kind.adds?.(inputs) }
      const ask = { signal, log }
      const make = () => kind.collection(connection).create(body, ask)
      return attributesOf(kind, await whenLate(ask, isReferenceLate, make))
    },
    async update({ connection, inputs, owner, observed, changes, signal, log }: UpdateContext<I, A, Cloudflare>) {
      const collection = kind.collection(connection)
      const ask = { signal, log }
      const said = named(fields, inputs, owner) as never
      const before = await collection.get(observed.id, ask)
      if (!before) throw new CloudflareError('not_found', `The ${collection.noun} ${observed.id} is gone`)
      const taken = Object.fromEntries(Object.entries(before).filter(([name]) => !isTold(name, kind.readOnly)))
      const body = {
        ...changeFields(fields, taken, said, changes),
        ...kind.adds?.(inputs, before, new Set(changes.map(({ path }) => String(parsePath(path)[0])))),
      }
      const change = () => collection.update(observed.id, body, ask)
      return attributesOf(kind, await whenLate(ask, isReferenceLate, change))
    },
    async delete({ connection, observed, signal, log }: DeleteContext<I, A, Cloudflare>) {
      await kind.collection(connection).delete(observed.id, { signal, log })
    },
    diff: compare<I, A>(fields),
    async list(connection: Cloudflare, signal: AbortSignal): Promise<Listed<never>[]> {
      const items = await kind.collection(connection).list({ signal })
      return items.map((item) => ({
        identity: kind.keysOf(item)[0],
        name: String(item['name'] ?? kind.keysOf(item)[0]),
        attributes: attributesOf(kind, item),
      }))
    },
  }
}

/** What every object tells of itself. */
const TOLD: readonly string[] = ['id', 'uid', 'created_at', 'updated_at']
const isTold = (name: string, more: readonly string[] = []): boolean => TOLD.includes(name) || more.includes(name)
